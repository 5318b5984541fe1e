"""Rules about policies: those of the walls, word for word, and none beside."""

from collections.abc import Callable, Iterator
from typing import Final

from assurance.doctor.expected import ExpectedPolicy, plain
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Policy

Trait = Callable[[Policy, ExpectedPolicy], str | None]


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {(policy.relation, policy.name) for policy in examined.snapshot.policies}
    for relation, name in sorted(examined.expected.policies.keys() - present):
        yield f"{name} on {relation}", "there is no such policy"


def _additional(examined: Examined) -> Iterator[Hit]:
    for policy in examined.snapshot.policies:
        if (policy.relation, policy.name) not in examined.expected.policies:
            condition = policy.using or policy.check or "no condition"
            kind = "permissive" if policy.permissive else "restrictive"
            roles = ", ".join(policy.roles)
            yield f"{policy.name} on {policy.relation}", f"{kind}, to {roles}: {condition}"


def _compared(trait: Trait) -> Callable[[Examined], Iterator[Hit]]:
    def find(examined: Examined) -> Iterator[Hit]:
        for policy in examined.snapshot.policies:
            wanted = examined.expected.policies.get((policy.relation, policy.name))
            if wanted is not None and (evidence := trait(policy, wanted)):
                yield f"{policy.name} on {policy.relation}", evidence

    return find


def _expression(policy: Policy, wanted: ExpectedPolicy) -> str | None:
    for word, present, declared in (
        ("USING", policy.using, wanted.using),
        ("WITH CHECK", policy.check, wanted.check),
    ):
        if _bare(plain(present)) != _bare(declared):
            return f"{word} {present or 'nothing'}"
    return None


def _form(policy: Policy, wanted: ExpectedPolicy) -> str | None:
    for present, declared in ((policy.using, wanted.using), (policy.check, wanted.check)):
        found = plain(present)
        if found != declared and _bare(found) == _bare(declared):
            return str(present)
    return None


def _bare(expression: str | None) -> str | None:
    """The expression of either form: both call the same function, once or for each row."""
    return None if expression is None else expression.replace("=selectpalisade.", "=palisade.", 1)


def _command(policy: Policy, wanted: ExpectedPolicy) -> str | None:
    return None if policy.command == wanted.command else f"for {policy.command!r}"


def _roles(policy: Policy, wanted: ExpectedPolicy) -> str | None:
    return None if policy.roles == (wanted.role,) else f"to {', '.join(policy.roles)}"


def _permissive(policy: Policy, _: ExpectedPolicy) -> str | None:
    return None if policy.permissive else "restrictive"


_MIGRATE: Final = "Run `palisade migrate`, which writes the policies anew; ask who changed it."

POLICY_RULES: Final = (
    Rule("missing-policy", Severity.ERROR, "policies", _MIGRATE, _missing),
    Rule(
        "additional-policy",
        Severity.ERROR,
        "policies",
        "DROP POLICY: permissive ones add rows to what the walls allow.",
        _additional,
    ),
    Rule("policy-expression", Severity.ERROR, "policies", _MIGRATE, _compared(_expression)),
    Rule("policy-command", Severity.ERROR, "policies", _MIGRATE, _compared(_command)),
    Rule("policy-roles", Severity.ERROR, "policies", _MIGRATE, _compared(_roles)),
    Rule("policy-restrictive", Severity.ERROR, "policies", _MIGRATE, _compared(_permissive)),
    Rule(
        "policy-form",
        Severity.WARNING,
        "policies",
        "Set PALISADE_POLICY_FORM to the form that is meant, and run `palisade migrate`.",
        _compared(_form),
    ),
)
