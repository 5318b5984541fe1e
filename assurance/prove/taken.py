"""Values that another organisation has already: they are as free as any other."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from assurance.prove.attacks import AnyAttack, Attack, Evidence, Probe
from assurance.prove.duel import Duel
from assurance.prove.records import reference_columns
from assurance.prove.values import valid_value, wire
from assurance.prove.writes import Writes
from models.columns import Kind
from models.describe import Column, Table
from resolvers.inputs import may_be_set


class Taken:
    """Creations, alone and among many, with the texts of a record of the victim's."""

    name = "values taken"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """The same with texts that nobody has is the control."""
        writes = Writes(
            duel.catalog, duel.schema, mark=duel.attacker.mark, types=duel.types, fresh=duel.fresh
        )
        for control, attack in zip(writes.creations(), writes.creations(), strict=True):
            assert attack.changes is not None
            table = duel.catalog.tables[attack.changes]
            texts = _texts(table)
            if not texts or not duel.victim.rows[table.type] or _pairs(table):
                continue
            attempt = _Attempt(duel, table, texts, control, attack)
            yield Probe("another organisation's values are free", attack.text, attempt.made)


@dataclass(frozen=True, slots=True)
class _Attempt:
    duel: Duel
    table: Table
    texts: list[Column]
    control: Attack
    attack: Attack

    async def made(self) -> Evidence:
        duel, attacker = self.duel, self.duel.attacker
        control = duel.fill(self.control.variables, None)
        proof = await duel.ask(self.control.text, control, by=attacker)
        theirs = duel.victim.rows[self.table.type][0]
        texts = {
            column.field: wire(column, theirs[column.name])
            for column in self.texts
            if theirs[column.name] is not None
        }
        tried = _with(duel.fill(self.attack.variables, None), texts)
        answer = await duel.ask(self.attack.text, tried, by=attacker)
        problems = []
        if answer.codes != proof.codes:
            problems.append(f"refused: {answer.body[:300]!r}")
        if foreign := answer.ids & (duel.victim.owned - attacker.owned):
            problems.append(f"a record of the victim's is answered: {min(foreign)}")
        await self._rename(texts)
        return Evidence(
            "", tuple(problems), proven=not proof.codes, control=f"{proof.body[:300]!r}"
        )

    async def _rename(self, texts: Mapping[str, Any]) -> None:
        """The victim's values would be found in all that the attacker is told from here on."""
        duel, attacker = self.duel, self.duel.attacker
        for row in await duel.service.witness.rows_of(self.table, attacker.org_id):
            for column in self.texts:
                if texts.get(column.field) != row[column.name] or row[column.name] is None:
                    continue
                fresh = next(duel.fresh)
                value = valid_value(column, self.table, mark=attacker.mark, index=fresh)
                await duel.service.witness.put(
                    self.table, attacker.org_id, row["id"], (column.name, value)
                )


def _texts(table: Table) -> list[Column]:
    references = reference_columns(table)
    return [
        column
        for column in table.columns
        if column.kind is Kind.TEXT
        and column.exposed
        and column.name not in references
        and may_be_set(column, on_create=True)
    ]


def _pairs(table: Table) -> bool:
    """Whether records are told apart by what they refer to alone: then two are one too many."""
    return any(set(names) <= reference_columns(table).keys() for names in table.unique)


def _with(variables: Mapping[str, Any], texts: Mapping[str, Any]) -> dict[str, Any]:
    given = variables["input"]
    if "records" in given:
        return {"input": {"records": [{**one, **_known(texts, one)} for one in given["records"]]}}
    return {"input": {**given, **_known(texts, given)}}


def _known(texts: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in texts.items() if name in given}
