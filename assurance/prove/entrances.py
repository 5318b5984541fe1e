"""The ways in that are attacked. A later one registers itself, and is judged like the others.

An entrance tells its attacks; what carries them out and judges them is the same for all.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Protocol, TypeVar

from assurance.prove.answers import VIEWER, Answers
from assurance.prove.attacks import AnyAttack, Attack, Evidence, Probe
from assurance.prove.cursors import Cursors
from assurance.prove.duel import Duel
from assurance.prove.judgements import FROZEN_RULE
from assurance.prove.reads import Reads
from assurance.prove.surface import Surface
from assurance.prove.writes import Writes


class Entrance(Protocol):
    """A way in. ``attacks`` may send requests itself, to find what to attack with."""

    name: str

    def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """What is tried, in order; each attack is over before the next one that writes begins."""


Kind = TypeVar("Kind", bound=Surface)

_registered: Final[dict[str, Entrance]] = {}


def register(entrance: Entrance) -> None:
    """Adds an entrance to all campaigns of this process."""
    if entrance.name in _registered:
        raise ValueError(f"There is an entrance {entrance.name} already.")
    _registered[entrance.name] = entrance


def registered() -> Mapping[str, Entrance]:
    """The entrances that were added."""
    return dict(_registered)


class Lists:
    """Lists, relations and figures, without any id."""

    name = "lists"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Each with every part of it."""
        reads = _made(Reads, duel)
        for attack in (*reads.lists(), *reads.relations(), *reads.aggregates(), *reads.groups()):
            yield attack
        yield Attack("viewer", VIEWER)


class Ids:
    """Everything that takes an id."""

    name = "ids"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Records, relations, filters and answers."""
        reads = _made(Reads, duel)
        for attack in (
            *reads.points(),
            *reads.point_relations(),
            *reads.filters(),
            *reads.nested_filters(),
            *_made(Answers, duel).answers_from_ids(),
        ):
            yield attack


class Values:
    """Every filter, with values of the victim's."""

    name = "values"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Each with every operator."""
        for attack in _made(Reads, duel).values():
            yield attack


class ForeignCursors:
    """Every order, and cursors of the victim's in it."""

    name = "cursors"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """The victim tells its cursors first."""
        cursors = _made(Cursors, duel)
        found: list[str] = []
        for attack in cursors.orders():
            yield attack
            answer = await duel.ask(attack.text, duel.fill(attack.variables, None), by=duel.victim)
            found += [page["edges"][0]["cursor"] for page in answer.data.values()]
        for (table, name, way), cursor in zip(cursors.keys_of_order(), found, strict=True):
            if (name, way) == ("id", "ASC"):
                duel.cursors[table.type] = cursor
        for attack in (*cursors.cursors(found), *cursors.nested_cursors(duel.cursors)):
            yield attack


class References:
    """References of what is written to records of the victim's, and the answers after it."""

    name = "references"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Each reference field of each input."""
        for attack in _writes(duel).references():
            yield attack


class Mutations:
    """Every derived mutation, and what is computed of all records."""

    name = "mutations"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """What creates, then what changes and deletes."""
        writes, answers = _writes(duel), _made(Answers, duel)
        if duel.types is None:
            for attack in (*answers.answers(), answers.refreshed()):
                yield attack
        for attack in writes.creations():
            yield attack
        await duel.look()
        for attack in writes.outdated():
            run = partial(_outdated, duel, attack)
            alone = bool(attack.states)
            yield Probe("refusals of another version", attack.text, run, writes=alone)
        for attack in writes.writes():
            yield attack


async def _outdated(duel: Duel, attack: Attack) -> Evidence:
    """What the attacker is told of its own record, just after the victim of its own."""
    variables = duel.fill(attack.variables, None, by=duel.victim)
    await duel.ask(attack.text, variables, by=duel.victim)
    before = await duel.put(attack.states)
    answer = await duel.ask(attack.text, duel.fill(attack.variables, None), by=duel.attacker)
    await duel.put(before)
    told = f"{answer.body[:300]!r}"
    return Evidence(answer.text, proven=answer.codes == {"STALE"}, control=told)


class Frozen:
    """Every derived mutation of an organisation that is frozen; thawed, `Mutations` controls it."""

    name = "frozen"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """An operator freezes the attacker's, and thaws it."""
        if not duel.service.operators:
            return
        writes = _writes(duel)
        attacks = (*writes.creations(), *writes.writes())
        states = {state for attack in attacks for state in attack.states}
        await _operate(duel, "freezeOrganization")
        await duel.look()
        witness, org_id = duel.service.witness, duel.attacker.org_id
        was = await witness.digests(org_id)

        async def unchanged() -> Evidence:
            present = await witness.digests(org_id)
            changed = [
                name for name in was.keys() | present.keys() if was.get(name) != present.get(name)
            ]
            return Evidence("", tuple(f"rows of {name} changed" for name in sorted(changed)))

        try:
            for attack in attacks:
                if not states & set(attack.states) or duel.service.witness.above:
                    before = await duel.put(attack.states)
                    yield replace(attack, frozen=True)
                    await duel.put(before)
            yield Probe(FROZEN_RULE, "its rows afterwards", unchanged)
        finally:
            await _operate(duel, "thawOrganization")
            await duel.look()


async def _operate(duel: Duel, name: str) -> None:
    text = f'mutation ($slug: String!) {{ {name}(input: {{slug: $slug, reason: "R"}}) {{ id }} }}'
    token = duel.service.issuer.issue_operator(subject="operator")
    answer = await duel.ask_as(token, text, {"slug": duel.attacker.slug})
    assert not answer.codes, answer.body


def _made(kind: type[Kind], duel: Duel) -> Kind:
    mark = duel.attacker.mark
    return kind(duel.catalog, duel.schema, mark=mark, types=duel.types)


def _writes(duel: Duel) -> Writes:
    return Writes(
        duel.catalog,
        duel.schema,
        mark=duel.attacker.mark,
        types=duel.types,
        fresh=duel.fresh,
    )


def derived_entrances() -> Iterable[Entrance]:
    """What the schema derives, in the order in which it is attacked."""
    return (Lists(), Ids(), Values(), ForeignCursors(), Frozen(), References(), Mutations())
