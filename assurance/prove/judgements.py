"""What must be so of every answer, whatever was asked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from assurance.prove.attacks import Attack, Guess, Knock, Part
from assurance.prove.canaries import marks_in
from assurance.prove.duel import Duel
from assurance.prove.logs import secrets_in
from assurance.prove.parties import Party
from assurance.prove.transport import Answer
from models.columns import Kind
from models.describe import Table
from resolvers.fields import AggregateRecords, GroupRecords, ListRecords
from resolvers.forms import written_timestamp
from resolvers.selection import meaning_of

FROZEN_RULE: Final = "a frozen organisation is changed by nothing"
FROZEN_MESSAGE: Final = b"the organisation is frozen"
_UNFORESEEN: Final = frozenset({"INTERNAL", "NONE"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A judgement that an answer does not stand up to. Of a ``control``, nothing is proven."""

    rule: str
    evidence: str
    control: bool = False


def leaks(duel: Duel, answer: Answer, *, to: Party, sent: Iterable[str] = ()) -> Iterator[Problem]:
    """No canary of another organisation, no id that is not the asker's own."""
    text = answer.text
    echoed = [one for one in sent if one]
    found = [
        canary for foreign in duel.foreign_to(to) for canary in foreign.found_in(text, sent=echoed)
    ]
    if found:
        shown = "; ".join(map(str, found[:5]))
        yield Problem("no canary of another organisation", f"{shown}, in {answer.body[:300]!r}")
    known = {party.mark for party in duel.parties} | to.drawn
    if strangers := set(marks_in(text, sent=echoed)) - known:
        shown = ", ".join(sorted(strangers))
        yield Problem(
            "no canary of another organisation",
            f"{shown} of nobody here, or of an earlier run, in {text[:300]!r}",
        )
    for secret in secrets_in(text):
        yield Problem("no token and no signed context is told", secret)
    for party in duel.parties:
        if party is not to and (strange := answer.ids & (party.owned - to.owned)):
            left = sorted(str(id) for id in strange if str(id) not in echoed)
            if left:
                yield Problem("own ids only", f"{', '.join(left[:5])} of {party.name}")


class Judge:
    """Judges one duel; some judgements need what was answered before."""

    def __init__(self, duel: Duel) -> None:
        self._duel = duel
        self._sides: dict[str, set[str]] = {}
        self._exact = {
            "lists": self._list,
            "aggregates": self._aggregate,
            "groups": self._group,
            "cursors": self._cursor,
        }

    def read(self, attack: Attack, answer: Answer) -> Iterator[Problem]:
        """A document without an id: it succeeds, and tells of own records."""
        duel = self._duel
        yield from leaks(duel, answer, to=duel.attacker)
        strange = answer.ids - duel.attacker.owned
        if strange:
            yield Problem("own ids only", f"{', '.join(map(str, sorted(strange)[:5]))}: whose?")
        if answer.codes:
            yield Problem("reads succeed", f"{answer.body[:300]!r}", control=True)
            return
        exact = self._exact.get(attack.label)
        if exact:
            for part, value in zip(attack.parts, answer.data.values(), strict=True):
                for evidence in exact(part, value):
                    yield Problem(f"{attack.label} are of own records", evidence)

    def frozen(self, attack: Attack, answer: Answer) -> Iterator[Problem]:
        """A mutation of a frozen organisation's."""
        yield from leaks(self._duel, answer, to=self._duel.attacker)
        if answer.codes != {"FORBIDDEN"} or FROZEN_MESSAGE not in answer.body:
            yield Problem(FROZEN_RULE, f"{answer.body[:300]!r}")

    def volley(
        self, attack: Attack, misses: Mapping[str, Answer], own: Answer
    ) -> Iterator[Problem]:
        """The same document about foreign, random and undecodable ids, and about an own one."""
        duel = self._duel
        for answer in (*misses.values(), own):
            yield from leaks(duel, answer, to=duel.attacker)
        if strange := own.ids - duel.attacker.owned:
            yield Problem("own ids only", f"{', '.join(map(str, sorted(strange)[:5]))}: whose?")
        (first, *_) = misses.values()
        for kind, answer in misses.items():
            if answer != first:
                yield Problem(
                    "foreign, random and undecodable ids are answered byte for byte alike",
                    f"{next(iter(misses))}: {first.text[:400]!r}; {kind}: {answer.text[:400]!r}",
                )
                break
        yield from self._missed(attack, first)
        if own.codes:
            yield Problem("own ids are answered", f"{own.body[:300]!r}", control=True)
            return
        for alias, answer_to_own in own.data.items():
            if first.data.get(alias) == answer_to_own:
                yield Problem("own ids are answered differently", alias, control=True)

    def _missed(self, attack: Attack, miss: Answer) -> Iterator[Problem]:
        expected: set[str] = set()
        if attack.changes:
            # About a reference of a record, or about the record itself.
            expected = {"BAD_USER_INPUT" if " " in attack.label else "NOT_FOUND"}
        if miss.codes != expected:
            yield Problem(
                "misses are not found or bad input",
                f"{miss.body[:300]!r}, not {expected or 'data'}",
            )

    def guess(
        self, guess: Guess, foreign: Answer, random: Answer | None, own: Answer
    ) -> Iterator[Problem]:
        """A field of unknown meaning: it may echo what it was sent, and nothing else."""
        duel = self._duel
        value, absent, _ = guess.sent
        yield from leaks(duel, foreign, to=duel.attacker, sent=[value])
        if own is not foreign:
            yield from leaks(duel, own, to=duel.attacker)
        if random is not None:
            told, expected = _without(foreign, value), _without(random, absent)
            alike = told == expected
            if guess.writes:
                # Sent second, it may be refused for what the first one stored beside the value.
                alike = random.codes in (foreign.codes, {"CONFLICT"})
            if not alike:
                yield Problem(
                    "foreign and random values are answered alike",
                    f"foreign: {foreign.body[:300]!r}; random: {random.body[:300]!r}",
                )
        if own.codes:
            yield Problem("own values are answered", f"{own.body[:200]!r}", control=True)
        if (foreign.codes | own.codes) & _UNFORESEEN:
            yield Problem("nothing unforeseen", f"{foreign.body[:300]!r}", control=True)

    def knock(self, knock: Knock, answer: Answer, like: Answer | None) -> Iterator[Problem]:
        """A request of any form."""
        duel = self._duel
        asker = duel.attacker
        yield from leaks(duel, answer, to=asker, sent=knock.sent)
        if not knock.signed:
            for own in duel.foreign_to(duel.victim):
                if found := own.found_in(answer.text, sent=knock.sent):
                    yield Problem("nobody is told anything", "; ".join(map(str, found[:5])))
        if like is not None and answer != like:
            yield Problem(
                "an addition that nothing reads changes nothing",
                f"{answer.status} {answer.body[:300]!r}, not {like.status} {like.body[:300]!r}",
            )
        if answer.status >= 500 and answer.status != 503:
            yield Problem("nothing unforeseen", f"{answer.status} {answer.body[:200]!r}")

    # What lists and figures have to be.

    def _list(self, part: Part, page: Any) -> Iterator[str]:
        own = [str(row["id"]) for row in self._duel.attacker.rows[self._type_of(part)]]
        if page["totalCount"] != len(own):
            yield f"{part.field}: totalCount is {page['totalCount']}, there are {len(own)}"
        if [node["id"] for node in page["nodes"]] != own[:100]:
            yield f"{part.field} are not the own {len(own)}, in order of their ids"

    def _group(self, part: Part, groups: Any) -> Iterator[str]:
        own = len(self._duel.attacker.rows[self._type_of(part)])
        counted = sum(group["count"] for group in groups)
        if counted != own:
            yield f"{part.field} count {counted}, there are {own}"

    def _aggregate(self, part: Part, figures: Any) -> Iterator[str]:
        type_name = self._type_of(part)
        rows = self._duel.attacker.rows[type_name]
        if figures["count"] != len(rows):
            yield f"{part.field} count {figures['count']}, there are {len(rows)}"
        for function, values in figures.items():
            for name, value in values.items() if function != "count" else ():
                expected = figure(self._duel.catalog.tables[type_name], function, name, rows)
                if expected is not None and value != expected:
                    yield f"{function} of {type_name}.{name} is {value}, not {expected}"

    def _cursor(self, part: Part, page: Any) -> Iterator[str]:
        """A foreign cursor marks a place: what is after and before it is all there is."""
        ids = {node["id"] for node in page["nodes"]}
        # Both sides of a place are asked for, in whatever order they are answered.
        order = f"{part.field} {part.arguments['orderBy']}"
        other = self._sides.pop(order, None)
        if other is None:
            self._sides[order] = ids
            return
        count = len(self._duel.attacker.rows[self._type_of(part)])
        if ids & other:
            yield f"{part.field}: before and after the cursor are the same records"
        seen = len(ids | other)
        if count <= 100 and seen != count:
            yield f"{part.field}: {seen} of {count} are before or after the cursor"

    def _type_of(self, part: Part) -> str:
        query = self._duel.schema.query_type
        assert query is not None
        meaning = meaning_of(query.fields[part.field])
        assert isinstance(meaning, ListRecords | AggregateRecords | GroupRecords)
        return meaning.table.type


def figure(table: Table, function: str, name: str, rows: list[dict[str, Any]]) -> Any:
    """The figure computed here; None where another way of rounding would decide."""
    column = table.by_field[name]
    values = [row[column.name] for row in rows if row[column.name] is not None]
    if not values or column.name in ("created_at", "updated_at", "version"):
        return None
    match function, column.kind:
        case "min" | "max", _:
            found = min(values) if function == "min" else max(values)
        case "sum", Kind.INTEGER | Kind.BIG_INTEGER | Kind.DECIMAL:
            return str(sum(values))
        case _:
            return None
    match column.kind:
        case Kind.TIMESTAMP:
            return written_timestamp(found)
        case Kind.DATE:
            return found.isoformat()
        case Kind.BIG_INTEGER | Kind.DECIMAL:
            return format(found, "f") if isinstance(found, Decimal) else str(found)
        case _:
            return found


def _without(answer: Answer, value: str) -> tuple[int, str]:
    return answer.status, re.sub(re.escape(value), "", answer.body.decode(errors="replace"))
