"""Own fields beside the derived ones: their own resolvers, and the same access below them."""

import dataclasses
import datetime
import decimal
from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType
from typing import Any

import httpx
import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType

from models.describe import Catalog, describe
from models.events import AuditEvent
from models.integrations import Credential
from models.organization import Organization
from models.rules import ModelError
from models.vendors import Vendor
from palisade.app import make_app
from palisade.service import Service
from perimeter.documents import Documents
from repository.criteria import ALL
from repository.reader import Row
from resolvers.context import Context
from resolvers.execute import Operations
from schema.build import build_schema, core_schema
from schema.extension import Extension, Types, extension_of
from tests.conftest import ACTOR

Info = strawberry.Info[Context, None]


def package(name: str, extend: Callable[[Types], object] | None) -> ModuleType:
    made = ModuleType(name)
    if extend is not None:
        made.extend = extend  # type: ignore[attr-defined]
    return made


def extend(types: Types) -> Extension:
    """``watchlist`` with the first vendor, credential and audit event; ``praiseVendor``."""
    vendor_type: Any = types.of(Vendor)
    event_type: Any = types.of(AuditEvent)

    @strawberry.type(description="What is watched.")
    class Watchlist:
        title: str = strawberry.field(description="Its title.")

        @strawberry.field(graphql_type=vendor_type | None, description="The first vendor.")
        async def vendor(self, info: Info) -> Row | None:
            return await info.context.repository(Vendor).find(ALL)

        @strawberry.field(graphql_type=list[vendor_type], description="Each vendor twice.")
        async def vendors(self, info: Info) -> list[Row]:
            row = await info.context.repository(Vendor).find(ALL)
            return [row, row] if row else []

        @strawberry.field(graphql_type=event_type | None, description="The first audit event.")
        async def event(self, info: Info) -> Row | None:
            return await info.context.repository(AuditEvent).find(ALL)

    @strawberry.type
    class Query:
        @strawberry.field(description="What is watched.")
        def watchlist(self, info: Info) -> Watchlist | None:
            return Watchlist(title="Vendors")

        @strawberry.field(graphql_type=vendor_type | None, description="The first vendor.")
        async def first_vendor(self, info: Info) -> Row | None:
            return await info.context.repository(Vendor).find(ALL)

    @strawberry.type
    class Mutation:
        @strawberry.mutation(graphql_type=vendor_type | None, description="Makes a vendor.")
        async def praise_vendor(self, info: Info, name: str) -> Row:
            values = {"name": name, "tier": "LOW"}
            row = await info.context.repository(Vendor).create(values)
            info.context.forget()
            return row

        @strawberry.mutation(graphql_type=vendor_type | None, description="Makes a bad one.")
        async def blame_vendor(self, info: Info, name: str) -> Row:
            info.context.check_write(Vendor, "blameVendor")
            return await info.context.repository(Vendor).create({"name": name, "tier": "LOW"})

    return Extension(query=Query, mutation=Mutation)


OWN = package("own", extend)


@pytest.fixture(scope="session")
def own_schema(catalog: Catalog) -> strawberry.Schema:
    return build_schema(catalog, [OWN])


@pytest.fixture
async def client(
    service: Service, own_schema: strawberry.Schema
) -> AsyncIterator[httpx.AsyncClient]:
    extended = dataclasses.replace(
        service,
        schema=own_schema,
        documents=Documents(core_schema(own_schema)),
        operations=Operations(core_schema(own_schema), service.catalog),
    )
    transport = httpx.ASGITransport(app=make_app(extended))
    async with httpx.AsyncClient(transport=transport, base_url="http://palisade.test") as made:
        yield made


@pytest.fixture
def make_vendor(ask: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[str]]:
    async def make(org: Any, name: str = "Acme") -> str:
        answer = await ask(
            org,
            "mutation($input: CreateVendorInput!) { createVendor(input: $input) { vendor { id } } }",
            {"input": {"name": name, "tier": "HIGH", "securityContact": "cert@acme.test"}},
        )
        vendor_id: str = answer["data"]["createVendor"]["vendor"]["id"]
        return vendor_id

    return make


def test_extension_joins_the_roots(own_schema: strawberry.Schema) -> None:
    core = core_schema(own_schema)
    assert core.query_type and core.mutation_type
    assert {"watchlist", "firstVendor", "vendors", "viewer"} <= set(core.query_type.fields)
    assert {"praiseVendor", "createVendor", "createOrganization"} <= set(core.mutation_type.fields)
    watchlist = core.type_map["Watchlist"]
    assert isinstance(watchlist, GraphQLObjectType)
    assert watchlist.fields["vendor"].type is core.type_map["Vendor"]


async def test_own_field_leads_into_derived_ones_and_back(
    org: Any, other_org: Any, ask: Any, make_vendor: Any
) -> None:
    vendor_id = await make_vendor(org)
    await make_vendor(other_org, "Theirs")
    answer = await ask(
        org,
        """{
          watchlist {
            title
            vendor { id name tier applications(first: 5) { totalCount nodes { name } } }
            all: vendors { name integrations { nodes { name } } }
          }
          firstVendor { __typename id createdAt }
          vendors { totalCount nodes { name } }
        }""",
    )
    assert "errors" not in answer
    data = answer["data"]
    assert data["watchlist"] == {
        "title": "Vendors",
        "vendor": {
            "id": vendor_id,
            "name": "Acme",
            "tier": "HIGH",
            "applications": {"totalCount": 0, "nodes": []},
        },
        "all": [{"name": "Acme", "integrations": {"nodes": []}}] * 2,
    }
    assert data["firstVendor"]["__typename"] == "Vendor"
    assert data["firstVendor"]["createdAt"].endswith("Z")
    assert data["vendors"] == {"totalCount": 1, "nodes": [{"name": "Acme"}]}


async def test_own_mutation_writes_for_its_organisation_alone(
    org: Any, other_org: Any, ask: Any
) -> None:
    answer = await ask(org, 'mutation { praiseVendor(name: "Good") { name tier version } }')
    assert answer["data"] == {"praiseVendor": {"name": "Good", "tier": "LOW", "version": 1}}
    query = "{ firstVendor { name } }"
    assert (await ask(org, query))["data"]["firstVendor"] == {"name": "Good"}
    assert (await ask(other_org, query))["data"]["firstVendor"] is None


async def test_access_holds_below_an_own_field(org: Any, ask: Any, make_vendor: Any) -> None:
    """A RESTRICTED column is refused to a viewer wherever its record is reached."""
    await make_vendor(org)
    query = "{ watchlist { title event { id actor } } }"
    allowed = await ask(org, query)
    assert allowed["data"]["watchlist"]["event"]["actor"] == ACTOR.subject
    for role in ("viewer", "editor"):
        refused = await ask(org, query, role=role)
        (error,) = refused["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["extensions"]["field"] == "watchlist.event.actor"
        assert refused.get("data") is None
        shown = await ask(org, "{ watchlist { title event { id version } } }", role=role)
        assert shown["data"]["watchlist"]["event"]["version"] == 1


async def test_masks_hold_below_an_own_field(org: Any, ask: Any, make_vendor: Any) -> None:
    await make_vendor(org)
    query = "{ firstVendor { securityContact } watchlist { vendors { securityContact } } }"
    for role, contact in (("editor", "cert@acme.test"), ("viewer", "***")):
        data = (await ask(org, query, role=role))["data"]
        assert data["firstVendor"] == {"securityContact": contact}
        assert data["watchlist"]["vendors"] == [{"securityContact": contact}] * 2


async def test_arguments_are_checked_below_an_own_field(
    org: Any, ask: Any, make_vendor: Any
) -> None:
    await make_vendor(org)
    query = "query($n: Int) { watchlist { vendor { applications(first: $n) { totalCount } } } }"
    assert "errors" not in await ask(org, query, {"n": 100})
    refused = await ask(org, query, {"n": 101})
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    by_restricted = """{ firstVendor { integrations(
        where: {credentials: {thumbprint: {startsWith: "a"}}}) { totalCount } } }"""
    assert "errors" not in await ask(org, by_restricted)
    refused = await ask(org, by_restricted, role="viewer")
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_own_types_are_annotated_with_what_python_has() -> None:
    def add(types: Types) -> Extension:
        @strawberry.input
        class Wish:
            price: decimal.Decimal
            until: datetime.date
            at: datetime.datetime | None = None

        @strawberry.type
        class Query:
            @strawberry.field(description="The price.")
            def price(self, wish: Wish) -> decimal.Decimal | None:
                return wish.price

        return Extension(query=Query)

    core = core_schema(build_schema(describe([Organization]), [package("own", add)]))
    assert core.query_type is not None
    assert str(core.query_type.fields["price"].type) == "Decimal"
    wish = core.type_map["Wish"]
    assert isinstance(wish, GraphQLInputObjectType)
    types = {name: str(field.type) for name, field in wish.fields.items()}
    assert types == {"price": "Decimal!", "until": "Date!", "at": "DateTime"}


@pytest.mark.parametrize(("role", "allowed"), [("viewer", False), ("editor", True)])
async def test_own_mutation_can_ask_for_the_scope_to_write(
    org: Any, ask: Any, role: str, allowed: bool
) -> None:
    answer = await ask(org, 'mutation { blameVendor(name: "Bad") { name } }', role=role)
    assert (answer["data"] == {"blameVendor": {"name": "Bad"}}) == allowed
    if not allowed:
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["message"] == "blameVendor: needs the scope vendor:write"


def test_package_without_extend_adds_nothing() -> None:
    assert extension_of(package("silent", None), Types({})) == Extension()


def test_extend_must_answer_an_extension() -> None:
    assert extension_of(package("good", lambda types: Extension()), Types({})) == Extension()
    with pytest.raises(ModelError, match=r"broken\.extend answers no Extension"):
        extension_of(package("broken", lambda types: {"query": object}), Types({}))


def test_types_give_the_derived_class_of_a_model() -> None:
    made = type("Credential", (), {})
    assert Types({"Credential": made}).of(Credential) is made


@pytest.mark.parametrize("name", ["viewer", "organization", "organizationsAggregate", "node"])
def test_own_field_that_hides_another_is_refused(name: str) -> None:
    def hide(types: Types) -> Extension:
        @strawberry.type
        class Query:
            @strawberry.field(name=name, description="Mine.")
            def mine(self) -> str | None:
                return "mine"

        return Extension(query=Query)

    with pytest.raises(ModelError, match=rf"Query would have {name} twice"):
        build_schema(describe([Organization]), [package("own", hide)])


def test_packages_may_not_make_the_same_field() -> None:
    def add(types: Types) -> Extension:
        @strawberry.type
        class Mutation:
            @strawberry.mutation(description="Does it.")
            def do_it(self) -> str | None:
                return "done"

        return Extension(mutation=Mutation)

    catalog = describe([Organization])
    build_schema(catalog, [package("first", add)])
    with pytest.raises(ModelError, match=r"Mutation would have doIt twice"):
        build_schema(catalog, [package("first", add), package("second", add)])


def test_own_type_may_not_have_the_name_of_a_derived_one() -> None:
    def shadow(types: Types) -> Extension:
        @strawberry.type(name="Organization", description="Mine.")
        class Mine:
            secret: str = strawberry.field(description="Mine.")

        @strawberry.type
        class Query:
            @strawberry.field(description="Mine.")
            def mine(self) -> Mine | None:
                return None

        return Extension(query=Query)

    with pytest.raises(ModelError, match=r"Type Organization is defined multiple times"):
        build_schema(describe([Organization]), [package("own", shadow)])
