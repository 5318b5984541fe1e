"""What one organisation writes changes nothing of what another one is told."""

from collections.abc import AsyncIterator
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
        victim, attacker = duel.victim, duel.attacker
        reads = Reads(duel.catalog, duel.schema, mark=attacker.mark, types=duel.types)
        asked = [*reads.lists(), *reads.aggregates(), *reads.groups(), *plain_questions(duel)]
        if duel.types is None:
            answers = Answers(duel.catalog, duel.schema, mark=attacker.mark, types=duel.types)
            asked += answers.answers()
        before = [await _told(duel, one) for one in asked]
        count = {type: len(rows) for type, rows in victim.rows.items()}
        writes = Writes(
            duel.catalog, duel.schema, mark=victim.mark, types=duel.types, fresh=duel.fresh
        )
        changed = tuple(evidence for _, evidence in await duel.changed())

        async def until_now() -> Evidence:
            return Evidence("", changed)

        yield Probe(ROWS_RULE, "what was tried until then", until_now, writes=False)
        for attack in writes.creations():
            await duel.ask(attack.text, duel.fill(attack.variables, None, by=victim), by=victim)
        victim.own(await duel.service.witness.rows(victim.org_id))
        await duel.take_digests()
        written = any(len(rows) > count[type] for type, rows in victim.rows.items())
        for attack, was in zip(asked, before, strict=True):

            async def run(attack: Attack = attack, was: Answer = was) -> Evidence:
                now = await _told(duel, attack)
                problems = (
                    (f"before: {was.body[:300]!r}; after: {now.body[:300]!r}",)
                    if now != was
                    else ()
                )
                return Evidence("", problems, proven=written)

            yield attack
            yield Probe("others' writes change no answer", attack.text, run, writes=False)


async def _told(duel: Duel, attack: Attack) -> Answer:
    """What the attacker is told, just after the victim asked the same."""
    variables = duel.fill(attack.variables, None)
    await duel.ask(attack.text, variables, by=duel.victim)
    return await duel.ask(attack.text, variables, by=duel.attacker)
