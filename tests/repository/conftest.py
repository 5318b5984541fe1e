"""The product's models and three more, with every kind of column, on a database of their own."""

import asyncio
import datetime
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

import asyncpg
import pytest
from sqlalchemy.orm import Mapped

from migrations.runner import build
from models.base import Model, Options
from models.classification import Category, internal
from models.columns import (
    Transition,
    big_integer,
    boolean,
    choice,
    date,
    decimal,
    integer,
    json,
    number,
    reference,
    text,
    text_list,
    timestamp,
)
from models.describe import Catalog, describe
from models.registry import CORE_MODULES, declared_in, load_catalog
from repository.connections import Connections
from repository.context import ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.database import Database
from repository.walls import PolicyForm
from tests.conftest import Urls

BUSINESS = internal(Category.BUSINESS)


class Shade(StrEnum):
    DARK = "DARK"
    LIGHT = "LIGHT"
    MIXED = "MIXED"


class Sample(Model):
    """A record with a column of every kind."""

    __options__ = Options(unique=(("title",), ("small", "shade")), checks={"tidy": "title <> note"})

    title: Mapped[str] = text("A.", BUSINESS, max_length=2000)
    title_note: Mapped[str | None] = text("A.", BUSINESS, max_length=5)
    note: Mapped[str | None] = text("A.", BUSINESS, max_length=2000)
    small: Mapped[int | None] = integer("A.", BUSINESS, minimum=-1000, maximum=1000)
    big: Mapped[int | None] = big_integer("A.", BUSINESS)
    ratio: Mapped[float | None] = number("A.", BUSINESS)
    price: Mapped[Decimal | None] = decimal("A.", BUSINESS, precision=20, scale=4)
    flag: Mapped[bool | None] = boolean("A.", BUSINESS)
    seen_at: Mapped[datetime.datetime | None] = timestamp("A.", BUSINESS)
    day: Mapped[datetime.date | None] = date("A.", BUSINESS)
    shade: Mapped[Shade | None] = choice(
        "A.",
        BUSINESS,
        of=Shade,
        default=Shade.DARK,
        transitions={"lighten": Transition(("DARK", "MIXED"), "LIGHT", "Makes it light.")},
    )
    tags: Mapped[list[str]] = text_list("A.", BUSINESS)
    facts: Mapped[object | None] = json("A.", BUSINESS)
    parent_id: Mapped[uuid.UUID | None] = reference(
        "Sample", "A.", BUSINESS, inverse=("children", "Its children.")
    )


class SampleNote(Model):
    """A record that keeps its sample from being deleted."""

    body: Mapped[str] = text("A.", BUSINESS)
    sample_id: Mapped[uuid.UUID] = reference(
        "Sample", "A.", BUSINESS, inverse=("notes", "Its notes.")
    )


class SampleVendor(Model):
    """A link."""

    __options__ = Options(
        unique=(("sample_id", "vendor_id"),),
        links={
            "sample_id": ("vendors", "Who sells it."),
            "vendor_id": ("samples", "What they sell."),
        },
    )

    sample_id: Mapped[uuid.UUID] = reference(
        "Sample", "A.", BUSINESS, inverse=("vendor_links", "Its links."), cascade=True
    )
    vendor_id: Mapped[uuid.UUID] = reference(
        "Vendor", "A.", BUSINESS, inverse=("sample_links", "Its links."), cascade=True
    )


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    load_catalog()
    core = [model for module in CORE_MODULES for model in declared_in(module)]
    return describe([*core, Sample, SampleNote, SampleVendor])


@pytest.fixture(scope="session")
def urls(
    make_database: Callable[[], Urls],
    catalog: Catalog,
    context_key: ContextKey,
    policy_form: PolicyForm,
) -> Urls:
    urls = make_database()

    async def prepare() -> None:
        await build(urls.superuser, catalog, form=policy_form)
        await install_context_key(urls.superuser, context_key, overlap=timedelta(hours=1))

    asyncio.run(prepare())
    return urls


@pytest.fixture
async def connections(urls: Urls) -> AsyncIterator[Connections]:
    connections = Connections(urls.app, size=4)
    await connections.open()
    try:
        yield connections
    finally:
        await connections.close()


@pytest.fixture
def database(catalog: Catalog, connections: Connections, signer: ContextSigner) -> Database:
    return Database(catalog, connections, signer)


@pytest.fixture
async def root(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """A superuser, for whom there are no walls: what is really there."""
    connection = await asyncpg.connect(urls.superuser)
    for name, kind in (("date", datetime.date), ("timestamptz", datetime.datetime)):
        # As text: the driver would take the first and the last day there is for infinity.
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=kind.isoformat, decoder=str
        )
    try:
        yield connection
    finally:
        await connection.close()
