"""Seeded organisations, and both ways of answering over one schema."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID, uuid4

import pytest
import structlog
from graphql import GraphQLSchema, parse

from auth.claims import Claims
from auth.organization import mint_org_id
from auth.scopes import Role, role_scopes
from models.describe import Catalog
from palisade.service import Service, connected
from perimeter.access import AccessRules
from repository.actor import Actor
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.database import Database
from resolvers.context import Context
from resolvers.execute import Operations
from schema.build import build_schema, core_schema
from tests.conftest import ACTOR, Urls
from tests.isolation.conftest import (  # noqa: F401  fixtures
    catalog,
    make_attacked,
    prepare,
    unconnected,
    urls,
)
from tests.sameness import extension
from tests.sameness.answers import Pair, Tally, counted
from tests.sameness.documents import orders_of
from tests.sameness.seeds import SUBJECT, Seed, make_seed, plant, plant_endless

# Two of each other's twins, and one that has rows of its own.
TWINS = (1, 1, 2)


@pytest.fixture(scope="session")
def seeds(
    urls: Urls,  # noqa: F811
    catalog: Catalog,  # noqa: F811
    context_key: ContextKey,
) -> tuple[Seed, ...]:
    """Organisations with rows."""

    return asyncio.run(_sow(urls, catalog, context_key, TWINS))


@pytest.fixture
async def twins(
    urls: Urls,  # noqa: F811
    catalog: Catalog,  # noqa: F811
    context_key: ContextKey,
) -> tuple[Seed, ...]:
    """Two organisations of equal rows that no other test changes."""
    return await _sow(urls, catalog, context_key, (3, 3))


@pytest.fixture(scope="session")
def core(catalog: Catalog) -> GraphQLSchema:  # noqa: F811
    """The schema, with own root fields."""
    return core_schema(build_schema(catalog, [extension]))


@pytest.fixture(scope="session")
def scopes(catalog: Catalog) -> Mapping[str, frozenset[str]]:  # noqa: F811
    """The scopes of several kinds of caller."""
    types = [table.type for table in catalog.exposed]
    admin = role_scopes(Role.admin, types)
    own = {"Specimen", "Site", "Observation", "Handover", "Vendor", "Integration", "User"}
    return {
        "admin": admin,
        "editor": role_scopes(Role.editor, types),
        "viewer": role_scopes(Role.viewer, types),
        "few": role_scopes(Role.viewer, sorted(own)) | {"specimen:write", "user:write"},
        "fewer": frozenset({"specimen:read", "org:admin", "vendor:read", "organization:read"}),
        "none": frozenset({"unknown"}),
        "bound": frozenset(
            f"{table.singular}:{verb}" for table in catalog.exposed for verb in ("read", "write")
        ),
    }


@pytest.fixture(scope="session")
def cursors(
    urls: Urls,  # noqa: F811
    catalog: Catalog,  # noqa: F811
    context_key: ContextKey,
    core: GraphQLSchema,
    seeds: tuple[Seed, ...],
    scopes: Mapping[str, frozenset[str]],
) -> Mapping[tuple[str, str], list[str]]:
    """Cursors that were answered, by type and order; some types have none."""

    async def collect() -> dict[tuple[str, str], list[str]]:
        connections = Connections(urls.app, size=2)
        await connections.open()
        found: dict[tuple[str, str], list[str]] = {}
        try:
            database = Database(catalog, connections, ContextSigner(context_key))
            operations = Operations(core, catalog, compiled=False)
            access = AccessRules(catalog)
            random = Random(5)
            for table in catalog.exposed:
                orders = list(orders_of(table, random, 14))
                parts = []
                for index, order in enumerate(orders):
                    entries = " ".join(
                        f"{{{key}: {way}}}" for entry in order for key, way in entry.items()
                    )
                    parts.append(
                        f"o{index}: {table.plural}(orderBy: [{entries}], first: 20)"
                        " { edges { cursor } }"
                    )
                text = f"{{ {' '.join(parts)} }}"
                for seed in (seeds[0], seeds[-1]):
                    claims = _claims(seed.org_id, scopes["admin"])
                    context = Context(
                        claims,
                        "r",
                        catalog,
                        database.of(mint_org_id(seed.org_id), ACTOR),
                        access=access.access_of(claims),
                    )
                    result = await operations.execute(
                        parse(text), text=text, operation_name=None, variables={}, context=context
                    )
                    assert not isinstance(result, str)
                    assert result.data is not None and not result.errors, result.errors
                    for index, order in enumerate(orders):
                        edges = result.data[f"o{index}"]["edges"]
                        known = found.setdefault((table.type, json.dumps(order)), [])
                        known += [edge["cursor"] for edge in edges]
            return found
        finally:
            await connections.close()

    return asyncio.run(collect())


@dataclass(frozen=True)
class Bench:
    """What a test asks: both ways, the seeded organisations, and callers of several kinds."""

    pair: Pair
    tally: Tally
    seeds: tuple[Seed, ...]
    catalog: Catalog
    core: GraphQLSchema
    make_context: Callable[[UUID, str], Context]


@pytest.fixture
async def bench(
    unconnected: Service,  # noqa: F811
    urls: Urls,  # noqa: F811
    context_key: ContextKey,
    core: GraphQLSchema,
    seeds: tuple[Seed, ...],
    scopes: Mapping[str, frozenset[str]],
) -> AsyncIterator[Bench]:
    described = unconnected.catalog
    connections = Connections(urls.app, size=4)
    database = Database(described, connections, ContextSigner(context_key))
    rules = AccessRules(described)
    made = replace(unconnected, connections=connections, database=database)

    def make_context(org_id: UUID, caller: str) -> Context:
        claims = _claims(org_id, scopes[caller])
        access = rules.access_of(claims)
        actor = Actor(claims.subject, "tests", "r")
        repositories = database.of(mint_org_id(org_id), actor, ruled=access.ruled)
        return Context(claims, "r", described, repositories, access=access)

    tally = Tally()
    logging = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    async with connected(made):
        pair = Pair(Operations(core, described), Operations(core, described, compiled=False), tally)
        with counted(tally):
            yield Bench(pair, tally, seeds, described, core, make_context)
    structlog.configure(**logging)


async def _sow(
    urls: Urls,  # noqa: F811
    catalog: Catalog,  # noqa: F811
    context_key: ContextKey,
    twins: Sequence[int],
) -> tuple[Seed, ...]:
    connections = Connections(urls.app, size=2)
    await connections.open()
    try:
        database = Database(catalog, connections, ContextSigner(context_key))
        made = []
        for twin in twins:
            slug = f"same-{uuid4().hex[:12]}"
            row = await database.provision(slug, name=slug, actor=ACTOR)
            seed = make_seed(catalog, row["id"], twin=twin)
            await plant(seed, database.of(mint_org_id(row["id"]), ACTOR), catalog, urls.superuser)
            if twin == TWINS[-1]:
                await plant_endless(seed, urls.superuser)
            made.append(seed)
        return tuple(made)
    finally:
        await connections.close()


def _claims(org_id: UUID, scopes: frozenset[str]) -> Claims:
    return Claims(
        subject=SUBJECT,
        issuer="tests",
        client_id=None,
        org_id=mint_org_id(org_id),
        scopes=scopes,
        token_id=None,
        issued_at=None,
        expires_at=2**40,
    )
