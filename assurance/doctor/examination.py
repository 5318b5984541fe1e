"""Every object decided: the rules applied to what was seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assurance.doctor.rule import Examined, Finding, Severity
from assurance.doctor.rules.all import RULES


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, the worst first, and how many objects of each kind were decided."""

    findings: tuple[Finding, ...]
    decided: Mapping[str, int]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that must not be."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    def as_json(self) -> dict[str, object]:
        """``{"ok": bool, "findings": [{"object", "rule", "severity", "evidence", "fix"}]}``."""
        return {
            "ok": not self.errors,
            "findings": [
                {
                    "object": one.object,
                    "rule": one.rule,
                    "severity": one.severity.value,
                    "evidence": one.evidence,
                    "fix": one.fix,
                }
                for one in self.findings
            ],
            "decided": dict(self.decided),
        }


def examine(examined: Examined) -> Examination:
    """Applies every rule."""
    found = [
        Finding(name, rule.name, rule.severity, evidence, rule.fix)
        for rule in RULES.values()
        for name, evidence in rule.find(examined)
    ]
    order = list(Severity)
    found.sort(key=lambda one: order.index(one.severity))
    return Examination(tuple(found), _decided(examined))


def _decided(examined: Examined) -> dict[str, int]:
    seen = examined.snapshot
    counts = {
        "schemas": len(seen.schemas),
        "relations": len(seen.relations),
        "columns": len(seen.columns),
        "policies": len(seen.policies),
        "constraints": len(seen.constraints),
        "indexes": len(seen.indexes),
        "functions": len(seen.functions),
        "triggers": len(seen.triggers),
        "grants": len(seen.grants),
        "roles": len(seen.roles),
        "memberships": len(seen.memberships),
        "settings of roles": len(seen.role_settings),
        "settings of the server": len(seen.server.settings),
    }
    kinds = Counter(f"{other.kind}s" for other in seen.others)
    return {kind: number for kind, number in (counts | kinds).items() if number}
