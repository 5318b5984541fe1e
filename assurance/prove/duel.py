"""One organisation attacking another: how stand-ins become values, and requests are sent."""

import asyncio
import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import orjson
from graphql import GraphQLSchema

from assurance.prove.attacks import Foreign, Own, State, Target, TargetVersion, Version
from assurance.prove.canaries import Canaries
from assurance.prove.coverage import Coverage
from assurance.prove.parties import Party, only_of
from assurance.prove.records import COUNT
from assurance.prove.target import Target as Service
from assurance.prove.transport import Answer, Request
from assurance.prove.values import wire
from models.describe import Catalog

JSON: Final = ("content-type", "application/json")
# A service that is too busy says so; nothing is proven by that, and it may be asked again.
_UNAVAILABLE: Final = 503
_PAUSES: Final = (0.2, 1.0, 3.0)


class Duel:
    """An attacker and a victim, and all that attacks on one by the other are made and judged with.

    ``schema`` is what the models derive and knows meanings; ``live``, what the service
    tells; ``types``: only these are attacked; None: all.
    """

    def __init__(
        self,
        service: Service,
        parties: Iterable[Party],
        attacker: Party,
        victim: Party,
        *,
        live: GraphQLSchema,
        coverage: Coverage,
        seed: int,
        types: Collection[str] | None = None,
    ) -> None:
        self.service = service
        self.parties = tuple(parties)
        self.attacker = attacker
        self.victim = victim
        self.live = live
        self.seed = seed
        self.types = types
        self.coverage = coverage
        self.requests = 0
        self.cursors: dict[str, str] = {}
        """One of the victim's for each type, as they become known."""
        self.timing: list[Mapping[str, Any]] = []
        # Numbers of the values that are written: none twice, whichever entrance writes them.
        self.fresh = itertools.count(COUNT)
        self._digests: Mapping[str, Mapping[str, str]] = {}
        self._only = {party.name: only_of(self.parties, party) for party in self.parties}
        self._foreign: dict[tuple[str, str], Canaries] = {}

    @property
    def catalog(self) -> Catalog:
        """The types that are attacked."""
        return self.service.catalog

    @property
    def schema(self) -> GraphQLSchema:
        """What the models derive."""
        return self.service.schema

    def foreign_to(self, party: Party) -> list[Canaries]:
        """What must not come out where this party asks."""
        found = []
        for other in self.parties:
            if other is party:
                continue
            if (key := (party.name, other.name)) not in self._foreign:
                self._foreign[key] = self._only[other.name].without(party.taken)
            found.append(self._foreign[key])
        return found

    def take(self, sent: Iterable[str]) -> None:
        """Takes note of what of others' values the attacker sent that is stored by now."""
        if self.attacker.take(sent):
            self._foreign.clear()

    def anyones(self) -> list[Canaries]:
        """What must not be in logs, where organisations' ids may."""
        ids = [str(party.org_id) for party in self.parties]
        return [canaries.without(ids) for canaries in self._only.values()]

    async def ask(self, text: str, variables: Mapping[str, Any], *, by: Party) -> Answer:
        """What a party is answered."""
        return await self.ask_as(by.token, text, variables)

    async def ask_as(self, token: str, text: str, variables: Mapping[str, Any]) -> Answer:
        """What the bearer of a token is answered."""
        self.coverage.add(text, variables)
        headers = (("authorization", f"Bearer {token}"), JSON)
        body = orjson.dumps({"query": text, "variables": variables})
        return await self.send(Request("POST", self.service.endpoint, headers, body))

    async def send(self, request: Request) -> Answer:
        """What the service answers."""
        for pause in _PAUSES:
            self.requests += 1
            answer = await self.service.transport.send(request)
            if answer.status != _UNAVAILABLE:
                break
            await asyncio.sleep(pause)
        return answer

    async def put(self, states: Iterable[State]) -> list[State]:
        """Sets columns of the attacker's records, past the service; what they had before."""
        before = []
        for state in states:
            row = self.attacker.rows[state.type][state.index]
            before.append(replace(state, value=row[state.column]))
            table = self.catalog.tables[state.type]
            value = (state.column, state.value)
            await self.service.witness.put(table, self.attacker.org_id, row["id"], value)
        return before

    async def look(self, type: str | None = None) -> None:
        """Takes note of the attacker's present records, of one type or of all."""
        attacker, witness = self.attacker, self.service.witness
        if type is None:
            attacker.own(await witness.rows(attacker.org_id, known=attacker.rows))
        else:
            rows = await witness.rows_of(self.catalog.tables[type], attacker.org_id)
            attacker.own({**attacker.rows, type: rows})

    async def take_digests(self) -> None:
        """Takes note of how the others' rows are, which no attack may change."""
        self._digests = {
            party.name: await self.service.witness.digests(party.org_id)
            for party in self.parties
            if party is not self.attacker
        }

    async def changed(self) -> list[tuple[str, str]]:
        """Tables whose rows are others' and not as they were, and how."""
        found = []
        for party in self.parties:
            if party is self.attacker:
                continue
            before = self._digests[party.name]
            after = await self.service.witness.digests(party.org_id)
            for table in sorted(before.keys() | after.keys()):
                was, present = before.get(table), after.get(table)
                if was != present:
                    evidence = f"{table} of {party.name}: {was} before, {present} after"
                    found.append((table, evidence))
        return found

    def fill(self, value: Any, id: str | None, *, by: Party | None = None) -> Any:
        """The variables, with every stand-in replaced; ``id``: "own", "foreign", or the id.

        ``by``: whose own records are meant; the attacker's, unless somebody else is named.
        """
        attacker, victim = (by or self.attacker).rows, self.victim.rows
        match value:
            case dict():
                return {key: self.fill(item, id, by=by) for key, item in value.items()}
            case list():
                return [self.fill(item, id, by=by) for item in value]
            case Target(type, index):
                rows = {"own": attacker, "foreign": victim}.get(id or "")
                return id if rows is None else str(rows[type][index]["id"])
            case Own(type, index):
                rows_of_type = attacker[type]
                return str(rows_of_type[min(index, len(rows_of_type) - 1)]["id"])
            case Version(type, index):
                return attacker[type][index]["version"]
            case TargetVersion(type, index):
                rows = victim if id == "foreign" else attacker
                return rows[type][index]["version"]
            case Foreign(type, column, listed):
                values = (row[column.name] for row in victim[type])
                found = next(value for value in values if value is not None)
                if isinstance(found, list):
                    return wire(column, found[0])
                return [wire(column, found)] if listed else wire(column, found)
            case _:
                return value

    def foreign_ids(self) -> dict[str, UUID]:
        """An id of the victim's for each type."""
        return {type: rows[0]["id"] for type, rows in self.victim.rows.items() if rows}
