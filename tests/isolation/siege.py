"""Two organisations, each attacking the other with everything the schema allows."""

import contextlib
import io
import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import structlog
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from graphql.type import GraphQLInputType, is_list_type, is_non_null_type
from graphql.utilities import type_from_ast
from tests.isolation.attacks import Attack, Attacks, Foreign, Own, State, Target, Version, wire
from tests.isolation.records import canaries, insert

from auth.development import DevelopmentIssuer
from auth.organization import mint_org_id
from auth.scopes import Role
from models.describe import Catalog, Table
from palisade.app import make_app
from palisade.logs import configure_logs
from palisade.service import Service, connected
from repository.actor import Actor
from repository.ids import new_id
from schema.build import core_schema

Rows = Mapping[str, list[dict[str, Any]]]

# What only an operator may ask for, and what answers it.
OPERATED = {
    "createOrganization": '(input: {slug: $slug, name: "New"}) { id slug }',
    "freezeOrganization": '(input: {slug: $slug, reason: "R"}) { id slug status settled }',
    "thawOrganization": '(input: {slug: $slug, reason: "R"}) { id slug status settled }',
    "exportOrganization": "(input: {slug: $slug}) { name records digest }",
    "eraseOrganization": (
        '(input: {slug: $slug, confirm: $slug, reason: "R"}) { slug erased certificate }'
    ),
}

_UNDECODABLE = ("nonsense", "", "0")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Answer:
    """What came back, without what may differ from request to request: the request id."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def codes(self) -> set[str]:
        """The codes of all errors."""
        return {error["extensions"]["code"] for error in self.json.get("errors", ())}

    @property
    def ids(self) -> set[UUID]:
        """Everything in the body that looks like an id."""
        return {UUID(found.decode()) for found in _UUID.findall(self.body)}


@dataclass(frozen=True)
class Exchange:
    """One attack and its answer."""

    attack: Attack
    by: str
    answer: Answer


@dataclass(frozen=True)
class Volley:
    """One attack aimed at ids that the attacker must not tell apart, and at an own id."""

    attack: Attack
    misses: Mapping[str, Answer]
    own: Answer


@dataclass
class Party:
    """One side. ``rows`` are its records as a superuser sees them, ids in order of creation."""

    mark: str
    org_id: UUID
    token: str
    rows: Rows = field(default_factory=dict)

    @property
    def ids(self) -> set[UUID]:
        return {row["id"] for rows in self.rows.values() for row in rows}

    @property
    def canaries(self) -> set[str]:
        """What only this side's records hold; its org id left out, which the logs may name."""
        found = canaries(row for rows in self.rows.values() for row in rows)
        return {*found, self.mark} - {str(self.org_id)}


@dataclass
class Battle:
    """One side attacking the other, and what came of it."""

    attacker: Party
    victim: Party
    reads: list[Exchange] = field(default_factory=list)
    volleys: list[Volley] = field(default_factory=list)
    cursors: list[Exchange] = field(default_factory=list)
    others: list[Exchange] = field(default_factory=list)
    frozen: list[Exchange] = field(default_factory=list)
    frozen_before: Rows = field(default_factory=dict)
    frozen_after: Rows = field(default_factory=dict)
    owned: set[UUID] = field(default_factory=set)
    attacker_before: Rows = field(default_factory=dict)
    victim_before: Rows = field(default_factory=dict)
    victim_after: Rows = field(default_factory=dict)

    def answers(self) -> Iterator[tuple[Attack, Answer]]:
        """Every answer the attacker got."""
        for exchange in (*self.reads, *self.cursors, *self.others, *self.frozen):
            yield exchange.attack, exchange.answer
        for volley in self.volleys:
            for answer in (*volley.misses.values(), volley.own):
                yield volley.attack, answer


@dataclass
class Siege:
    """Both battles, the logs of both, and which fields of the schema were asked for."""

    catalog: Catalog
    core: GraphQLSchema
    battles: list[Battle]
    logs: str
    fields: set[tuple[str, str]]
    input_fields: set[tuple[str, str]]


async def besiege(
    service: Service, superuser_url: str, issuer: DevelopmentIssuer, *, thorough: bool
) -> Siege:
    """Fills two organisations, and lets the first attack the second.

    ``thorough``: with every operator and in every order as well, and then the other way round.
    """
    core = core_schema(service.schema)
    coverage = _Coverage(core)
    async with _opened(service, superuser_url) as (client, superuser), connected(service):
        with _captured_logs() as logs:
            parties = [await _found(service, issuer) for _ in range(2)]
            battles = []
            for attacker, victim in (parties, parties[::-1])[: 1 + thorough]:
                campaign = _Campaign(service, client, superuser, coverage, attacker, victim)
                battles.append(await campaign.fight(issuer, thorough=thorough and not battles))
    return Siege(
        service.catalog, core, battles, logs.getvalue(), coverage.fields, coverage.input_fields
    )


@asynccontextmanager
async def _opened(
    service: Service, superuser_url: str
) -> AsyncIterator[tuple[httpx.AsyncClient, asyncpg.Connection]]:
    transport = httpx.ASGITransport(app=make_app(service))
    superuser = await asyncpg.connect(superuser_url)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://palisade.test") as made:
            yield made, superuser
    finally:
        await superuser.close()


@contextlib.contextmanager
def _captured_logs() -> Iterator[io.StringIO]:
    """All that the product logs, as it writes it, and the standard library's warnings."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    with contextlib.redirect_stderr(text):
        configure_logs(level=logging.DEBUG)
    root.addHandler(handler)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        structlog.reset_defaults()


async def _found(service: Service, issuer: DevelopmentIssuer) -> Party:
    mark = uuid4().hex[-12:]
    actor = Actor(f"{mark}-founder", "tests", "request")
    row = await service.database.provision(f"org-{mark}", name="New", actor=actor)
    org_id = mint_org_id(row["id"])
    await insert(service.database.of(org_id, actor), service.catalog, mark)
    token = issuer.issue(org_id.value, role=Role.admin, subject=f"admin-{mark}")
    return Party(mark, org_id.value, token)


def _operator(issuer: DevelopmentIssuer) -> Party:
    return Party("", UUID(int=0), issuer.issue_operator(subject="operator"))


class _Campaign:
    """One attacker's way through all attacks: reads, then writes, each with its control."""

    def __init__(
        self,
        service: Service,
        client: httpx.AsyncClient,
        superuser: asyncpg.Connection,
        coverage: "_Coverage",
        attacker: Party,
        victim: Party,
    ) -> None:
        self._catalog = service.catalog
        self._client = client
        self._superuser = superuser
        self._coverage = coverage
        self._attacks = Attacks(service.catalog, core_schema(service.schema), mark=attacker.mark)
        self._battle = Battle(attacker, victim)

    async def fight(self, issuer: DevelopmentIssuer, *, thorough: bool) -> Battle:
        battle, attacks = self._battle, self._attacks
        for party in (battle.attacker, battle.victim):
            party.rows = await self._rows(party.org_id)
        battle.attacker_before, battle.victim_before = battle.attacker.rows, battle.victim.rows
        battle.owned |= battle.attacker.ids
        await self._read((*attacks.lists(), *attacks.relations(), *attacks.aggregates()))
        await self._read(attacks.groups())
        await self._read_by_id()
        if thorough:
            await self._read(attacks.values())
            await self._read_by_cursor()
            await self._write_frozen(issuer)
        await self._write()
        await self._own_resolvers(issuer)
        battle.victim_after = await self._rows(battle.victim.org_id)
        return battle

    async def _read(self, attacks: Iterable[Attack]) -> None:
        for attack in attacks:
            self._battle.reads.append(await self._exchange(attack, id=None))

    async def _read_by_id(self) -> None:
        attacks = self._attacks
        for attack in (
            *attacks.points(),
            *attacks.point_relations(),
            *attacks.filters(),
            *attacks.nested_filters(),
            *attacks.answers_from_ids(),
        ):
            await self._volley(attack)

    async def _read_by_cursor(self) -> None:
        attacks, battle = self._attacks, self._battle
        cursors: list[str] = []
        for attack in attacks.orders():
            battle.reads.append(await self._exchange(attack, id=None))
            answer = await self._send(attack.text, attack.variables, by=battle.victim)
            for page in answer.json["data"].values():
                cursors.append(page["edges"][0]["cursor"])
        for attack in attacks.cursors(cursors):
            battle.cursors.append(await self._exchange(attack, id=None))
        by_id = {
            table.type: cursor
            for (table, name, direction), cursor in zip(
                attacks.keys_of_order(), cursors, strict=True
            )
            if (name, direction) == ("id", "ASC")
        }
        for attack in attacks.nested_cursors(by_id):
            battle.reads.append(await self._exchange(attack, id=None))

    async def _write(self) -> None:
        attacks, battle = self._attacks, self._battle
        for attack in attacks.references():
            await self._volley(attack)
        for attack in attacks.answers():
            battle.reads.append(await self._exchange(attack, id=None))
        for attack in (*attacks.creations(), attacks.refreshed()):
            battle.others.append(await self._exchange(attack, id=None))
        battle.attacker.rows = await self._rows(battle.attacker.org_id)
        battle.owned |= battle.attacker.ids
        for attack in attacks.writes():
            await self._volley(attack)

    async def _put(self, states: Sequence[State]) -> list[State]:
        """Sets columns of the attacker's records, past every wall; what they had before."""
        before = []
        attacker = self._battle.attacker
        for state in states:
            row = attacker.rows[state.type][state.index]
            before.append(replace(state, value=row[state.column]))
            await self._superuser.execute(
                f"UPDATE {self._catalog.tables[state.type].qualified_name} "
                f"SET {state.column} = $1 WHERE org_id = $2 AND id = $3",
                state.value,
                attacker.org_id,
                row["id"],
            )
        return before

    async def _own_resolvers(self, issuer: DevelopmentIssuer) -> None:
        """The root fields no table stands behind. Whoever adds one adds its attack here."""
        battle = self._battle
        viewer = "{ viewer { subject clientId scopes organization { id slug name } } }"
        battle.reads.append(await self._exchange(Attack("viewer", viewer), id=None))
        slug = f"taken-{uuid4().hex[:8]}"
        for name in OPERATED:
            aims = {"member": f"org-{battle.victim.mark}", "member, at home": self._own_slug}
            if name == "createOrganization":
                aims = {"member": slug}
            misses = {}
            for by, aim in aims.items():
                misses[by] = await self._operate(name, aim, by=battle.attacker)
            own = await self._operate(name, slug, by=_operator(issuer))
            battle.volleys.append(Volley(Attack(name, OPERATED[name]), misses, own))

    async def _write_frozen(self, issuer: DevelopmentIssuer) -> None:
        """Every derived mutation while the attacker is frozen; thawed, `_write` is the control."""
        battle, attacks = self._battle, self._attacks
        await self._operate("freezeOrganization", self._own_slug, by=_operator(issuer))
        battle.frozen_before = await self._rows(battle.attacker.org_id)
        battle.attacker.rows = battle.frozen_before
        for attack in (*attacks.creations(), *attacks.writes()):
            before = await self._put(attack.states)
            battle.frozen.append(await self._exchange(attack, id="own"))
            await self._put(before)
        battle.frozen_after = await self._rows(battle.attacker.org_id)
        await self._operate("thawOrganization", self._own_slug, by=_operator(issuer))
        battle.attacker.rows = await self._rows(battle.attacker.org_id)
        battle.owned |= battle.attacker.ids

    @property
    def _own_slug(self) -> str:
        return f"org-{self._battle.attacker.mark}"

    async def _operate(self, name: str, slug: str, *, by: Party) -> Answer:
        text = f"mutation ($slug: String!) {{ {name}{OPERATED[name]} }}"
        return await self._send(text, {"slug": slug}, by=by)

    async def _exchange(self, attack: Attack, *, id: str | None) -> Exchange:
        attacker = self._battle.attacker
        variables = self._fill(attack.variables, id)
        answer = await self._send(attack.text, variables, by=attacker)
        return Exchange(attack, attacker.mark, answer)

    async def _volley(self, attack: Attack) -> None:
        attacker = self._battle.attacker
        misses = {}
        before = await self._put(attack.states)
        for kind in ("foreign", str(new_id()), *_UNDECODABLE):
            variables = self._fill(attack.variables, kind)
            misses[kind] = await self._send(attack.text, variables, by=attacker)
        own = await self._send(attack.text, self._fill(attack.variables, "own"), by=attacker)
        await self._put(before)
        if attack.changes:
            table = self._catalog.tables[attack.changes]
            attacker.rows = {
                **attacker.rows,
                table.type: await self._rows_of(table, attacker.org_id),
            }
            self._battle.owned |= attacker.ids
        self._battle.volleys.append(Volley(attack, misses, own))

    def _fill(self, value: Any, id: str | None) -> Any:
        """The variables, with every stand-in replaced."""
        attacker, victim = self._battle.attacker.rows, self._battle.victim.rows
        match value:
            case dict():
                return {key: self._fill(item, id) for key, item in value.items()}
            case list():
                return [self._fill(item, id) for item in value]
            case Target(type, index):
                rows = {"own": attacker, "foreign": victim}.get(id or "")
                return id if rows is None else str(rows[type][index]["id"])
            case Own(type, index):
                rows = attacker[type]
                return str(rows[min(index, len(rows) - 1)]["id"])
            case Version(type, index):
                return attacker[type][index]["version"]
            case Foreign(type, column, listed):
                values = (row[column.name] for row in victim[type])
                found = next(value for value in values if value is not None)
                if isinstance(found, list):
                    return wire(column, found[0])
                return [wire(column, found)] if listed else wire(column, found)
            case _:
                return value

    async def _send(self, text: str, variables: Mapping[str, Any], *, by: Party) -> Answer:
        self._coverage.add(text, variables)
        response = await self._client.post(
            "/graphql",
            content=orjson.dumps({"query": text, "variables": variables}),
            headers={"authorization": f"Bearer {by.token}", "content-type": "application/json"},
        )
        request_id = response.headers["x-request-id"]
        headers = tuple(item for item in response.headers.items() if item[0] != "x-request-id")
        return Answer(
            response.status_code, headers, response.content.replace(request_id.encode(), b"")
        )

    async def _rows(self, org_id: UUID) -> Rows:
        tables = self._catalog.tables.values()
        return {table.type: await self._rows_of(table, org_id) for table in tables}

    async def _rows_of(self, table: Table, org_id: UUID) -> list[dict[str, Any]]:
        """Every row of an organisation, all columns, oldest first, past every wall."""
        sql = f"SELECT * FROM {table.qualified_name} WHERE org_id = $1 ORDER BY id"
        return [dict(row) for row in await self._superuser.fetch(sql, org_id)]


class _Coverage:
    """Which fields of which types the documents and their variables name."""

    def __init__(self, core: GraphQLSchema) -> None:
        self.fields: set[tuple[str, str]] = set()
        self.input_fields: set[tuple[str, str]] = set()
        self._core = core
        self._declared: dict[str, Sequence[tuple[str, GraphQLInputType]]] = {}

    def add(self, text: str, variables: Mapping[str, Any]) -> None:
        declared = self._declared.get(text)
        if declared is None:
            declared = self._declared[text] = self._read(text)
        for name, kind in declared:
            self._walk(kind, variables.get(name))

    def _read(self, text: str) -> Sequence[tuple[str, GraphQLInputType]]:
        document = parse(text)
        info = TypeInfo(self._core)
        fields, input_fields = self.fields, self.input_fields

        class Names(Visitor):
            def enter_field(self, node: FieldNode, *_: object) -> None:
                parent = info.get_parent_type()
                assert parent is not None
                fields.add((parent.name, node.name.value))

            def enter_object_field(self, node: Any, *_: object) -> None:
                parent = get_named_type(info.get_parent_input_type())
                input_fields.add((parent.name, node.name.value))

        visit(document, TypeInfoVisitor(info, Names()))
        (operation,) = document.definitions
        return [
            (definition.variable.name.value, type_from_ast(self._core, definition.type))
            for definition in operation.variable_definitions or ()  # type: ignore[attr-defined]
        ]

    def _walk(self, kind: Any, value: Any) -> None:
        if is_non_null_type(kind) or is_list_type(kind):
            kind = kind.of_type
            for item in value if isinstance(value, list) else [value]:
                self._walk(kind, item)
        elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
            for name, item in value.items():
                self.input_fields.add((kind.name, name))
                self._walk(kind.fields[name].type, item)
