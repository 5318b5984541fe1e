"""The attacks made from the schema, by somebody of the organisation whom row rules bind.

The caller's clearance is that of an administrator and the rules bind them all the same, so that
every field can be asked for. Whatever they ask, a record of a ruled type is one that is not there.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from assurance.prove.attacks import Attack, Foreign, Own, Target, Version
from assurance.prove.cursors import Cursors
from assurance.prove.reads import Reads
from assurance.prove.records import insert
from assurance.prove.transport import Answer, AppTransport, Request
from assurance.prove.values import wire
from assurance.prove.writes import Writes
from auth.development import DevelopmentIssuer
from auth.organization import mint_org_id
from models.columns import Kind
from models.describe import Catalog, Table
from palisade.app import make_app
from palisade.attacked import witnessed
from palisade.service import Service, connected
from perimeter.access import AccessRules
from repository.actor import Actor
from repository.ids import new_id
from resolvers.access import Access
from resolvers.execute import Operations
from schema.build import core_schema
from tests.conftest import Urls
from tests.isolation.conftest import MakeService

BOUND = "bound"


class BoundRules(AccessRules):
    """Binds whoever has one more scope, an administrator too."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._ruled = catalog.ruled

    def _decide(self, scopes: frozenset[str]) -> Access:
        access = super()._decide(scopes)
        return replace(access, ruled=self._ruled) if BOUND in scopes else access


class RuledReads(Reads):
    """Without those conditions that compare a reference which the caller may see."""

    def _id_paths(self, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
        ruled = self._catalog.ruled
        for path, target in super()._id_paths(table):
            if len(path) > 1 or path == ("id",) or target not in ruled:
                yield path, target


@dataclass
class Raid:
    """What a bound and a free caller were answered."""

    catalog: Catalog
    mark: str
    bound: list[tuple[Attack, Answer]] = field(default_factory=list)
    free: list[tuple[Attack, Answer]] = field(default_factory=list)
    pairs: list[tuple[Attack, Answer, Answer]] = field(default_factory=list)
    changed: bool = True


@pytest.fixture(params=[True, False], ids=["compiled", "reference"])
def raid(
    request: pytest.FixtureRequest,
    urls: Urls,
    make_attacked: MakeService,
    issuer: DevelopmentIssuer,
) -> Raid:
    made = make_attacked(urls)
    operations = Operations(core_schema(made.schema), made.catalog, compiled=request.param)
    service = replace(made, rules=BoundRules(made.catalog), operations=operations)
    return asyncio.run(_raid(service, urls, issuer))


async def _raid(service: Service, urls: Urls, issuer: DevelopmentIssuer) -> Raid:
    catalog = service.catalog
    mark = uuid4().hex[-12:]
    actor = Actor("founder", "tests", "request")
    transport = AppTransport(make_app(service))
    async with witnessed(service, urls.superuser, None) as witness, connected(service):
        row = await service.database.provision(f"org-{mark}", name="New", actor=actor)
        org_id = mint_org_id(row["id"])
        await insert(service.database.of(org_id, actor), catalog, mark)
        scopes = [f"{t.singular}:{verb}" for t in catalog.exposed for verb in ("read", "write")]
        bound, free = (
            _token(issuer, org_id.value, " ".join((*scopes, *more)))
            for more in (("org:admin", BOUND), ("org:admin",))
        )

        async def send(attack: Attack, variables: Any, token: str) -> Answer:
            body = orjson.dumps({"query": attack.text, "variables": variables})
            headers = (("authorization", f"Bearer {token}"), ("content-type", "application/json"))
            return await transport.send(Request("POST", "/graphql", headers, body))

        core = core_schema(service.schema)
        rows = await witness.rows(org_id.value)
        reads = RuledReads(catalog, core, mark=uuid4().hex[-12:])
        cursors, writes = (
            kind(catalog, core, mark=uuid4().hex[-12:]) for kind in (Cursors, Writes)
        )
        raid = Raid(catalog, mark)
        absent = {table.type: str(new_id()) for table in catalog.tables.values()}
        for attack in (*_reads(reads), *cursors.orders(), *_by_id(reads)):
            variables = _fill(attack.variables, rows, absent, hidden=catalog.ruled)
            raid.bound.append((attack, await send(attack, variables, bound)))
            raid.free.append((attack, await send(attack, variables, free)))
        for attack in (*_by_id(reads), *writes.references(), *writes.writes()):
            answered = []
            for hidden in (catalog.ruled, frozenset[str]()):
                variables = _fill(attack.variables, rows, absent, hidden=hidden)
                answered.append(await send(attack, variables, bound))
            raid.pairs.append((attack, answered[0], answered[1]))
        after = await witness.rows(org_id.value)
        raid.changed = any(rows[name] != after[name] for name in catalog.ruled)
        return raid


def _reads(reads: Reads) -> Iterable[Attack]:
    return (
        *reads.lists(),
        *reads.relations(),
        *reads.aggregates(),
        *reads.groups(),
        *reads.values(),
    )


def _by_id(reads: Reads) -> Iterable[Attack]:
    return (
        *reads.points(),
        *reads.point_relations(),
        *reads.filters(),
        *reads.nested_filters(),
    )


def _token(issuer: DevelopmentIssuer, org_id: UUID, scopes: str) -> str:
    claims = issuer._common_claims("nobody", client_id="tests", lifetime=timedelta(hours=1))
    return issuer._sign({**claims, "org_id": str(org_id), "scope": scopes})


def _fill(value: Any, rows: Any, absent: Any, *, hidden: frozenset[str]) -> Any:
    """The variables: ids of the ``hidden`` types are there, all other targets are not."""
    match value:
        case dict():
            return {key: _fill(item, rows, absent, hidden=hidden) for key, item in value.items()}
        case list():
            return [_fill(item, rows, absent, hidden=hidden) for item in value]
        case Target(type, index):
            return str(rows[type][index]["id"]) if type in hidden else absent[type]
        case Own(type, index):
            return str(rows[type][min(index, len(rows[type]) - 1)]["id"])
        case Version(type, index):
            return rows[type][index]["version"]
        case Foreign(type, column, listed):
            found = next(row[column.name] for row in rows[type] if row[column.name] is not None)
            if isinstance(found, list):
                found = found[0]
                return found if column.kind is Kind.TEXT_LIST else wire(column, found)
            return [wire(column, found)] if listed else wire(column, found)
        case _:
            return value


def test_row_rules_hide_from_every_attack(raid: Raid, subtests: pytest.Subtests) -> None:
    for judgement in JUDGEMENTS:
        with subtests.test(judgement.__name__):
            judgement(raid)


def nothing_of_a_hidden_record_is_in_any_answer(raid: Raid) -> None:
    assert {"Prospect", "Binder"} <= raid.catalog.ruled
    words = "|".join(raid.catalog.tables[name].singular for name in sorted(raid.catalog.ruled))
    hidden = re.compile(f"canary-{raid.mark}-({words})-")
    for attack, answer in raid.bound:
        assert not answer.codes, f"{attack}: {answer.body!r}"
        assert not (leak := hidden.search(answer.body.decode())), f"{leak} in {attack}"
    for attack, one, other in raid.pairs:
        for answer in (one, other):
            assert not (leak := hidden.search(answer.body.decode())), f"{leak} in {attack}"
    shown = [attack for attack, answer in raid.free if hidden.search(answer.body.decode())]
    assert len(shown) > 10, "who is free of the rules is the control"


def a_hidden_record_is_answered_byte_for_byte_like_none(raid: Raid) -> None:
    assert len(raid.pairs) > 200
    for attack, there, absent in raid.pairs:
        assert there == absent, f"{attack}: {there.body!r} {absent.body!r}"


def no_hidden_record_is_changed(raid: Raid) -> None:
    assert not raid.changed


JUDGEMENTS = (
    nothing_of_a_hidden_record_is_in_any_answer,
    a_hidden_record_is_answered_byte_for_byte_like_none,
    no_hidden_record_is_changed,
)
