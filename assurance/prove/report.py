"""What was tried and what came of it, to be read by people and by programs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

_SHOWN_TEXT: Final = 2000
_LEGEND: Final = (
    "Attacks and controls are attempts: requests, files, statements. A control does the same about "
    "the attacker's own records and has to succeed. What belongs together, such as one document "
    "with a foreign id, a random one and three that are none, is judged once: it held, it failed, "
    "or it stayed unproven because its control did not succeed."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be, or a control that did not succeed.

    ``how``: the document or the request, and who sends it. ``kind``: what it is counted as.
    """

    rule: str
    entrance: str
    label: str
    evidence: str
    how: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    kind: str = ""


@dataclass
class Count:
    """What became of one kind of attack.

    ``attacks`` and ``controls`` are attempts, most of them requests. Several are judged together,
    as ``held``, ``failed`` or ``unproven``: the control did not succeed.
    """

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
    started: str = ""
    types: int = 0
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
    def without_control(self) -> int:
        """All judgements that are unproven; ``unproven`` explains some of each kind."""
        return sum(count.unproven for count in self.counts.values())

    @property
    def per_second(self) -> float:
        """Requests of all parties in a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def by_entrance(self) -> Mapping[str, Count]:
        """The counts of all kinds of each entrance together."""
        found: dict[str, Count] = {}
        for (entrance, _), count in self.counts.items():
            whole = found.setdefault(entrance, Count())
            for name, value in asdict(count).items():
                setattr(whole, name, getattr(whole, name) + value)
        return found

    def count(self, entrance: str, kind: str) -> Count:
        """The counts of a kind."""
        return self.counts.setdefault((entrance, kind), Count())

    def as_json(self) -> dict[str, Any]:
        """The whole report."""
        return {
            "held": self.held,
            "seed": self.seed,
            "started": self.started,
            "organisations": self.orgs,
            "types": self.types,
            "attacks": self.attacks,
            "requests": self.requests,
            "seconds": round(self.seconds, 2),
            "requestsPerSecond": round(self.per_second, 1),
            "versions": dict(self.versions),
            "reached": {
                name: {"reached": done, "of": total} for name, (done, total) in self.reached.items()
            },
            "timing": [dict(one) for one in self.timing],
            "entrances": {name: asdict(count) for name, count in self.by_entrance.items()},
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
        yield f"{self._verdict} {self._extent}"
        yield ""
        yield from self._facts()
        if self.findings:
            yield from ("", "## Findings")
        for number, one in enumerate(self.findings, start=1):
            yield from _finding(number, one)
        yield from ("", "## What was tried", "", _LEGEND, "")
        yield from _table(("entrance",), ((name,) for name in self.by_entrance), self.by_entrance)
        if self.unproven:
            yield from ("", "## Unproven", "")
            yield "These held, and their controls did not succeed, so that it says little:"
            yield ""
            yield from self._unproven_lines()
        if self.timing:
            yield from ("", "## Timing", "")
            yield from (f"- {one['sentence']}" for one in self.timing)
        yield from ("", "## Every kind of attack", "")
        kinds = {f"{entrance} {kind}": count for (entrance, kind), count in self.counts.items()}
        yield from _table(("entrance", "kind"), self.counts, kinds)

    @property
    def _verdict(self) -> str:
        if self.held:
            return "**Nothing got across.**"
        return f"**{len(self.findings)} findings{' or more' if self._is_cut else ''}.**"

    @property
    def _is_cut(self) -> bool:
        """Whether some were found too often for all of them to be kept."""
        return sum(count.failed for count in self.counts.values()) > len(self.findings)

    @property
    def _extent(self) -> str:
        whole = self.by_entrance.values()
        controls = sum(count.controls for count in whole)
        return (
            f"{self.attacks:,} attacks and {controls:,} controls between {self.orgs} "
            "organisations, each of which attacked another; "
            f"{self.without_control:,} judgements are unproven."
        )

    def _facts(self) -> Iterable[str]:
        if self.started:
            yield f"- started: {self.started}, and took {self.seconds:.0f} s"
        yield f"- requests: {self.requests:,}, {self.per_second:.0f} a second"
        yield f"- seed: {self.seed}; `--seed {self.seed}` with the same options repeats it"
        if self.types:
            yield f"- types of records: {self.types}"
        yield f"- versions: {', '.join(f'{name} {one}' for name, one in self.versions.items())}"
        for name, (done, total) in self.reached.items():
            yield f"- reached: {done:,} of {total:,} {name} of the schema"

    def _unproven_lines(self) -> Iterable[str]:
        """One for each kind, with the evidence of the first."""
        first: dict[tuple[str, str], Finding] = {}
        for one in self.unproven:
            first.setdefault((one.entrance, one.kind), one)
        for (entrance, kind), one in first.items():
            count = self.counts[entrance, kind].unproven
            yield f"- {entrance}, {kind} ({count:,}); the first, {one.label}: {one.evidence}"


def _table(
    headings: Iterable[str], names: Iterable[Iterable[str]], counts: Mapping[str, Count]
) -> Iterable[str]:
    columns = ("attacks", "controls", "held", "failed", "unproven")
    yield f"| {' | '.join((*headings, *columns))} |"
    yield f"|{'---|' * len(tuple(headings))}{'--:|' * len(columns)}"
    for name, count in zip(names, counts.values(), strict=True):
        values = (f"{getattr(count, column):,}" for column in columns)
        yield f"| {' | '.join((*name, *values))} |"


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
