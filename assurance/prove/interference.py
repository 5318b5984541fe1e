"""What one organisation writes changes nothing of what another one is told."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from assurance.prove.answers import Answers
from assurance.prove.attacks import AnyAttack, Attack, Evidence, Probe
from assurance.prove.duel import Duel
from assurance.prove.reads import Reads
from assurance.prove.transport import Answer
from assurance.prove.unknown import plain_questions
from assurance.prove.writes import Writes

ROWS_RULE: Final = "others' rows stay as they are"


class Interference:
    """The attacker asks, the victim writes, the attacker asks the same again."""

    name = "interference"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Everything that can be asked without naming a record; own resolvers among it.

        Each is judged by itself, too: the two have unequal numbers of records by then.
        """
        await duel.look()
        changed = tuple(evidence for _, evidence in await duel.changed())

        async def until_now() -> Evidence:
            return Evidence("", changed)

        yield Probe(ROWS_RULE, "what was tried until then", until_now, writes=False)
        before = [(attack, await _told(duel, attack)) for attack in _questions(duel)]
        written = await _written(duel)
        for attack, was in before:
            if was.codes:
                continue  # it is a question only with more said

            async def run(attack: Attack = attack, was: Answer = was) -> Evidence:
                now = await _told(duel, attack)
                told = f"before: {was.body[:300]!r}; after: {now.body[:300]!r}"
                return Evidence("", (told,) if now != was else (), proven=written)

            yield attack
            yield Probe("others' writes change no answer", attack.text, run, writes=False)


def _questions(duel: Duel) -> Iterator[Attack]:
    mark, types = duel.attacker.mark, duel.types
    reads = Reads(duel.catalog, duel.schema, mark=mark, types=types)
    yield from (*reads.lists(), *reads.aggregates(), *reads.groups(), *plain_questions(duel))
    if types is None:
        yield from Answers(duel.catalog, duel.schema, mark=mark, types=types).answers()


async def _written(duel: Duel) -> bool:
    """The victim makes a record of every type that it can; whether any is there."""
    victim = duel.victim
    count = sum(map(len, victim.rows.values()))
    writes = Writes(duel.catalog, duel.schema, mark=victim.mark, types=duel.types, fresh=duel.fresh)
    for attack in writes.latest():
        await duel.ask(attack.text, duel.fill(attack.variables, None, by=victim), by=victim)
        assert attack.changes is not None
        made = await duel.service.witness.rows_of(
            duel.catalog.tables[attack.changes], victim.org_id
        )
        victim.own({**victim.rows, attack.changes: made})
    victim.own(await duel.service.witness.rows(victim.org_id))
    await duel.take_digests()
    return sum(map(len, victim.rows.values())) > count


async def _told(duel: Duel, attack: Attack) -> Answer:
    """What the attacker is told, just after the victim asked the same."""
    variables = duel.fill(attack.variables, None)
    await duel.ask(attack.text, variables, by=duel.victim)
    return await duel.ask(attack.text, variables, by=duel.attacker)
