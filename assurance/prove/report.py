"""What was tried and what came of it, to be read by people and by programs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

_SHOWN_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. ``how``: the document or the request, and who sends it."""

    rule: str
    entrance: str
    label: str
    evidence: str
    how: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass
class Count:
    """Requests and other attempts of one kind. ``unproven``: whose control did not succeed."""

    attacks: int = 0
    controls: int = 0
    held: int = 0
    failed: int = 0
    unproven: int = 0


@dataclass
class Report:
    """Filled while attacks go on."""

    seed: int
    orgs: int
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unproven: list[Finding] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    timing: list[Mapping[str, Any]] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def attacks(self) -> int:
        """All attempts."""
        return sum(count.attacks for count in self.counts.values())

    @property
    def per_second(self) -> float:
        """Requests of all parties in a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def count(self, entrance: str, kind: str) -> Count:
        """The counts of a kind."""
        return self.counts.setdefault((entrance, kind), Count())

    def as_json(self) -> dict[str, Any]:
        """The whole report."""
        return {
            "held": self.held,
            "seed": self.seed,
            "organisations": self.orgs,
            "attacks": self.attacks,
            "requests": self.requests,
            "seconds": round(self.seconds, 2),
            "requestsPerSecond": round(self.per_second, 1),
            "versions": dict(self.versions),
            "reached": {
                name: {"reached": done, "of": total} for name, (done, total) in self.reached.items()
            },
            "timing": [dict(one) for one in self.timing],
            "counts": [
                {"entrance": entrance, "kind": kind, **asdict(count)}
                for (entrance, kind), count in self.counts.items()
            ],
            "findings": [asdict(one) for one in self.findings],
            "unproven": [asdict(one) for one in self.unproven],
        }

    def as_markdown(self) -> str:
        """The same for people."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterable[str]:
        yield "# What `palisade prove` found"
        yield ""
        verdict = "Nothing got across." if self.held else f"**{len(self.findings)} findings.**"
        yield (
            f"{verdict} {self.attacks:,} attacks on {self.orgs} organisations, {self.requests:,} "
            f"requests in {self.seconds:.1f} s: {self.per_second:.0f} a second. "
            f"Seed {self.seed}: `palisade prove --seed {self.seed}` sends them again."
        )
        yield ""
        yield ", ".join(f"{name} {version}" for name, version in self.versions.items()) + "."
        if self.findings:
            yield from ("", "## Findings")
        for number, one in enumerate(self.findings, start=1):
            yield from _finding(number, one)
        yield from ("", "## What was tried", "")
        yield "| entrance | kind | attacks | controls | held | failed | unproven |"
        yield "|---|---|--:|--:|--:|--:|--:|"
        for (entrance, kind), count in self.counts.items():
            yield (
                f"| {entrance} | {kind} | {count.attacks:,} | {count.controls:,} "
                f"| {count.held:,} | {count.failed:,} | {count.unproven:,} |"
            )
        yield from ("", "## What was reached", "")
        for name, (done, total) in self.reached.items():
            yield f"- {done:,} of {total:,} {name}"
        if self.timing:
            yield from ("", "## Timing", "")
            yield from (f"- {one['sentence']}" for one in self.timing)
        if self.unproven:
            yield from ("", "## Unproven", "", "The attack held, and its control said nothing.", "")
            yield from (f"- {one.entrance}, {one.label}: {one.evidence}" for one in self.unproven)


def _finding(number: int, one: Finding) -> Iterable[str]:
    yield from ("", f"### {number}. {one.rule}", "")
    yield f"- where: {one.entrance}, {one.label}"
    yield f"- what: {one.evidence[:_SHOWN_TEXT]}"
    if one.by:
        yield f"- who asks: {one.by}"
    if one.how:
        yield from ("", "```graphql", one.how[:_SHOWN_TEXT], "```")
    if one.variables:
        yield from ("", "```json", str(one.variables)[:_SHOWN_TEXT], "```")
