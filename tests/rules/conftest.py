"""An organisation with people, some of whom see little, asked on both ways of reading."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from auth.development import DevelopmentIssuer
from auth.organization import OrgId, mint_org_id
from auth.scopes import Role
from migrations.runner import build, migrate
from models.describe import Catalog
from models.registry import load_catalog
from palisade.app import make_app
from palisade.service import Service, connected, make_service
from repository.context import ContextKey
from repository.context_keys import install_context_key
from repository.repositories import Repositories
from repository.walls import PolicyForm
from tests.conftest import ACTOR, Urls

MODELS = ("tests.rules.models",)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(MODELS)


@pytest.fixture(scope="session")
def urls(
    make_database: Callable[[], Urls],
    catalog: Catalog,
    context_key: ContextKey,
    policy_form: PolicyForm,
) -> Urls:
    urls = make_database()

    async def fill() -> None:
        await migrate(urls.superuser, load_catalog(), form=policy_form)
        await build(urls.superuser, catalog, form=policy_form)
        await install_context_key(urls.superuser, context_key, overlap=timedelta(hours=1))

    asyncio.run(fill())
    return urls


@pytest.fixture(scope="session")
def built(urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer) -> Mapping[bool, Service]:
    """The service with compiled reads, and without."""
    return {
        compiled: make_service(
            models=MODELS,
            app_url=urls.app,
            context_key=context_key,
            issuer=issuer.as_issuer(),
            connections=6,
            compiled_reads=compiled,
        )
        for compiled in (True, False)
    }


@pytest.fixture
async def services(built: Mapping[bool, Service]) -> AsyncIterator[Mapping[bool, Service]]:
    async with connected(built[True]), connected(built[False]):
        yield built


@pytest.fixture
def service(services: Mapping[bool, Service]) -> Service:
    return services[True]


Answer = dict[str, Any]


@dataclass
class Office:
    """One organisation: its people by name, and what they have by name."""

    org_id: OrgId
    repositories: Repositories
    clients: Mapping[bool, httpx.AsyncClient]
    issuer: DevelopmentIssuer
    types: list[str]
    ids: dict[str, UUID] = field(default_factory=dict)

    def token(self, subject: str, *, role: Role = Role.editor, scopes: str | None = None) -> str:
        if scopes is None:
            return self.issuer.issue(self.org_id.value, role=role, subject=subject)
        claims = self.issuer._common_claims(subject, client_id="tests", lifetime=timedelta(hours=1))
        return self.issuer._sign({**claims, "org_id": str(self.org_id.value), "scope": scopes})

    async def post(
        self,
        query: str,
        subject: str,
        variables: Mapping[str, Any] | None = None,
        *,
        compiled: bool = True,
        role: Role = Role.editor,
        scopes: str | None = None,
    ) -> Answer:
        """The answer on one way."""
        response = await self.clients[compiled].post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.token(subject, role=role, scopes=scopes)}"},
        )
        answer: Answer = response.json()
        return answer

    async def read(
        self,
        query: str,
        subject: str,
        variables: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Answer:
        """The answer, which is the same on both ways."""
        one, other = [
            await self.post(query, subject, variables, compiled=compiled, **options)
            for compiled in (True, False)
        ]
        assert json.dumps(one) == json.dumps(other), query
        return one

    async def add(self, type_name: str, called: str, /, **values: Any) -> UUID:
        """A record, made without rules, and known by a name from then on."""
        table = self.repositories.session.catalog.tables[type_name]
        row = await self.repositories.of(table).create(values)
        self.ids[called] = row["id"]
        return self.ids[called]

    async def row(self, type_name: str, name: str) -> dict[str, Any] | None:
        """A record as it is."""
        table = self.repositories.session.catalog.tables[type_name]
        (row,) = await self.repositories.of(table).get_many([self.ids[name]])
        return None if row is None else dict(row)

    async def count(self, type_name: str) -> int:
        table = self.repositories.session.catalog.tables[type_name]
        return await self.repositories.of(table).count()


MakeOffice = Callable[[], Awaitable[Office]]


@pytest.fixture
async def make_office(
    services: Mapping[bool, Service], issuer: DevelopmentIssuer
) -> AsyncIterator[MakeOffice]:
    """Makes organisations with the same people and records.

    Ann and Bob sell, each their own; Boss is Ann's manager; Eve watches one of Bob's, Nil is
    nobody's. What Bob has is marked with CANARY.
    """
    opened = {
        compiled: httpx.AsyncClient(
            transport=httpx.ASGITransport(app=make_app(made)), base_url="http://palisade.test"
        )
        for compiled, made in services.items()
    }

    async def make() -> Office:
        database = services[True].database
        row = await database.provision(f"o-{uuid4().hex[:12]}", name="Office", actor=ACTOR)
        org_id = mint_org_id(row["id"])
        types = [table.type for table in services[True].catalog.exposed]
        office = Office(org_id, database.of(org_id, ACTOR), opened, issuer, types)
        for name in ("boss", "ann", "bob", "eve", "nil"):
            extra = {"manager_id": office.ids["boss"]} if name == "ann" else {}
            await office.add(
                "User", name, email=f"{name}@x.example", name=name, subject=name, **extra
            )
        await office.add("Firm", "firm", name="Firm")
        await office.add("Firm", "ann's firm", name="Ann's firm")
        firm, anns = office.ids["firm"], office.ids["ann's firm"]
        for index in range(3):
            await office.add(
                "Prospect",
                f"ann {index}",
                title=f"ann {index}",
                owner_id=office.ids["ann"],
                firm_id=anns if index == 2 else firm,
                amount=10 + index,
                odds=50,
                regions=["NORTH"],
            )
            await office.add(
                "Prospect",
                f"bob {index}",
                title=f"bob {index} {CANARY}",
                owner_id=office.ids["bob"],
                firm_id=firm,
                amount=777_000 + index,
                odds=77,
                slot=7_770_001,
                code=CANARY,
                remark=CANARY,
                regions=["SOUTH", "EAST"],
            )
        for name in ("ann 0", "bob 0"):
            await office.add("Call", f"call {name}", note="call", prospect_id=office.ids[name])
        await office.add("Binder", "ann binder", label="ann", owner_id=office.ids["ann"])
        await office.add("Binder", "bob binder", label=CANARY, owner_id=office.ids["bob"])
        await office.add(
            "Watcher", "watch", prospect_id=office.ids["bob 2"], user_id=office.ids["eve"]
        )
        return office

    try:
        yield make
    finally:
        for client in opened.values():
            await client.aclose()


@pytest.fixture
async def office(make_office: MakeOffice) -> Office:
    return await make_office()


CANARY = "CANARY-7fbc"
