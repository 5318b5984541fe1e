"""Plain Strawberry on the SQLAlchemy ORM with loaders, as one would write it for one's product."""

import datetime
import os
import uuid
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import strawberry
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column
from starlette.requests import Request
from starlette.responses import Response
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import Info

from benchmarks.peers.tokens import Tokens
from models.events import EventClass
from models.integrations import AuthMethod, IntegrationStatus
from models.vendors import VendorTier

for choices in (AuthMethod, EventClass, IntegrationStatus, VendorTier):
    strawberry.enum(choices)


class Base(DeclarativeBase):
    """The tables as this service knows them."""

    org_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=sa.text("uuidv7()"))


class VendorRow(Base):
    __tablename__ = "vendor"
    __table_args__ = {"schema": "data"}

    name: Mapped[str]
    tier: Mapped[str]
    risk_score: Mapped[int | None]


class IntegrationRow(Base):
    __tablename__ = "integration"
    __table_args__ = {"schema": "data"}
    __mapper_args__ = {"eager_defaults": True}

    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=sa.text("'PROPOSED'"))
    auth_method: Mapped[str]
    base_url: Mapped[str | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()))
    last_sync_at: Mapped[datetime.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
    vendor_id: Mapped[uuid.UUID]


class EventRow(Base):
    __tablename__ = "security_event"
    __table_args__ = {"schema": "data"}

    event_class: Mapped[str]
    severity: Mapped[int]
    at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))
    integration_id: Mapped[uuid.UUID]


# Reads need no transaction around them; writes begin their own.
engine = create_async_engine(
    os.environ["BENCH_URL"].replace("postgresql://", "postgresql+asyncpg://", 1),
    pool_size=int(os.environ["BENCH_POOL"]),
    max_overflow=0,
    isolation_level="AUTOCOMMIT",
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
tokens = Tokens()


class Loaders:
    """One request's batches, each bound to its organisation."""

    def __init__(self, org_id: uuid.UUID) -> None:
        self.org_id = org_id
        self.vendor = DataLoader(load_fn=self._vendors)
        self.integrations = DataLoader(load_fn=self._integrations)
        self.events = DataLoader(load_fn=self._events)

    async def _vendors(self, ids: Sequence[uuid.UUID]) -> list[VendorRow]:
        async with sessions() as session:
            found = await session.scalars(
                sa.select(VendorRow).where(VendorRow.org_id == self.org_id, VendorRow.id.in_(ids))
            )
            by_id = {row.id: row for row in found}
        return [by_id[id] for id in ids]

    async def _integrations(
        self, keys: Sequence[tuple[uuid.UUID, int]]
    ) -> list[list[IntegrationRow]]:
        return await self._pages(
            IntegrationRow, IntegrationRow.vendor_id, keys, order=IntegrationRow.id.asc()
        )

    async def _events(self, keys: Sequence[tuple[uuid.UUID, int]]) -> list[list[EventRow]]:
        return await self._pages(EventRow, EventRow.integration_id, keys, order=EventRow.at.desc())

    async def _pages(self, model: Any, parent: Any, keys: Any, *, order: Any) -> list[list[Any]]:
        """The first rows of each parent; the parents of one batch ask for as many."""
        rank = sa.func.row_number().over(partition_by=parent, order_by=order).label("rank")
        ranked = (
            sa.select(model, rank)
            .where(model.org_id == self.org_id, parent.in_([id for id, _ in keys]))
            .subquery()
        )
        row = aliased(model, ranked)
        query = sa.select(row).where(ranked.c.rank <= keys[0][1]).order_by(ranked.c.rank)
        pages = defaultdict(list)
        async with sessions() as session:
            for found in await session.scalars(query):
                pages[getattr(found, parent.key)].append(found)
        return [pages[id] for id, _ in keys]


Asked = Info[Loaders, None]


@strawberry.enum
class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class SecurityEventOrder:
    at: Direction


@strawberry.type
class SecurityEvent:
    id: strawberry.ID
    event_class: EventClass
    severity: int
    at: datetime.datetime


@strawberry.type
class SecurityEventConnection:
    nodes: list[SecurityEvent]


@strawberry.type
class Integration:
    id: strawberry.ID
    name: str
    status: IntegrationStatus
    auth_method: AuthMethod
    base_url: str | None
    scopes: list[str]
    last_sync_at: datetime.datetime | None
    created_at: datetime.datetime
    row: strawberry.Private[IntegrationRow]

    @strawberry.field
    async def vendor(self, info: Asked) -> "Vendor":
        return _vendor(await info.context.vendor.load(self.row.vendor_id))

    @strawberry.field
    async def events(
        self, info: Asked, first: int = 20, order_by: list[SecurityEventOrder] | None = None
    ) -> SecurityEventConnection:
        rows = await info.context.events.load((self.row.id, first))
        return SecurityEventConnection(nodes=[_event(row) for row in rows])


@strawberry.type
class IntegrationConnection:
    nodes: list[Integration]


@strawberry.type
class Vendor:
    id: strawberry.ID
    name: str
    tier: VendorTier
    risk_score: int | None
    row: strawberry.Private[VendorRow]

    @strawberry.field
    async def integrations(self, info: Asked, first: int = 20) -> IntegrationConnection:
        rows = await info.context.integrations.load((self.row.id, first))
        return IntegrationConnection(nodes=[_integration(row) for row in rows])


@strawberry.type
class VendorConnection:
    nodes: list[Vendor]


@strawberry.input
class CreateIntegrationInput:
    name: str
    auth_method: AuthMethod
    scopes: list[str]
    vendor_id: strawberry.ID
    base_url: str | None = None


@strawberry.type
class CreateIntegrationPayload:
    integration: Integration


@strawberry.type
class Query:
    @strawberry.field
    async def integration(self, info: Asked, id: strawberry.ID) -> Integration | None:
        async with sessions() as session:
            row = await session.get(IntegrationRow, (info.context.org_id, uuid.UUID(id)))
        return None if row is None else _integration(row)

    @strawberry.field
    async def integrations(self, info: Asked, first: int = 20) -> IntegrationConnection:
        rows = await _page(IntegrationRow, info.context.org_id, first)
        return IntegrationConnection(nodes=[_integration(row) for row in rows])

    @strawberry.field
    async def vendors(self, info: Asked, first: int = 20) -> VendorConnection:
        rows = await _page(VendorRow, info.context.org_id, first)
        return VendorConnection(nodes=[_vendor(row) for row in rows])


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_integration(
        self, info: Asked, input: CreateIntegrationInput
    ) -> CreateIntegrationPayload:
        row = IntegrationRow(
            org_id=info.context.org_id,
            name=input.name,
            auth_method=input.auth_method.value,
            base_url=input.base_url,
            scopes=input.scopes,
            vendor_id=uuid.UUID(input.vendor_id),
        )
        async with AsyncSession(engine, expire_on_commit=False) as session:
            session.add(row)
            await session.commit()
        return CreateIntegrationPayload(integration=_integration(row))


class App(GraphQL[Loaders, None]):
    """The service: who asks is known before anything is run."""

    async def get_context(self, request: Any, response: Response) -> Loaders:  # type: ignore[override]
        assert isinstance(request, Request)
        return Loaders(tokens.org_of(request.headers["authorization"].encode()))


async def _page(model: Any, org_id: uuid.UUID, first: int) -> Sequence[Any]:
    async with sessions() as session:
        query = sa.select(model).where(model.org_id == org_id).order_by(model.id).limit(first)
        return (await session.scalars(query)).all()


def _vendor(row: VendorRow) -> Vendor:
    return Vendor(
        id=strawberry.ID(str(row.id)),
        name=row.name,
        tier=VendorTier(row.tier),
        risk_score=row.risk_score,
        row=row,
    )


def _integration(row: IntegrationRow) -> Integration:
    return Integration(
        id=strawberry.ID(str(row.id)),
        name=row.name,
        status=IntegrationStatus(row.status),
        auth_method=AuthMethod(row.auth_method),
        base_url=row.base_url,
        scopes=row.scopes,
        last_sync_at=row.last_sync_at,
        created_at=row.created_at,
        row=row,
    )


def _event(row: EventRow) -> SecurityEvent:
    return SecurityEvent(
        id=strawberry.ID(str(row.id)),
        event_class=EventClass(row.event_class),
        severity=row.severity,
        at=row.at,
    )


schema = strawberry.Schema(Query, Mutation, extensions=[ParserCache, ValidationCache])
app = App(schema, graphql_ide=None)
