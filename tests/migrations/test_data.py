from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.data import change_rows
from migrations.runner import MigrationError
from repository.lifecycle import Lifecycle
from repository.walls import APP, OWNER
from tests.conftest import Org, Urls

Result = TypeVar("Result")
UPDATE = "UPDATE data.vendor SET country = 'GB' WHERE country = 'UK'"


async def as_owner(
    urls: Urls, work: Callable[[sa.Connection], Result], *, superuser: bool = False
) -> Result:
    """The work in one transaction, as a revision is run."""
    url = urls.superuser if superuser else urls.owner
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url)
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text(f"SET ROLE {OWNER}"))
            await connection.commit()
            async with connection.begin():
                result = await connection.run_sync(work)
            role = (await connection.execute(sa.text("SELECT current_user"))).scalar_one()
            assert role == OWNER
            return result
    finally:
        await engine.dispose()


@pytest.fixture
async def vendors(org: Org, other_org: Org) -> dict[UUID, list[str | None]]:
    """Vendors of two organisations, three of them with the code that is to change."""
    countries: dict[UUID, list[str | None]] = {
        org.id: ["UK", "UK", "FR", None],
        other_org.id: ["UK", "DE"],
    }
    for one in (org, other_org):
        await one.repositories.of(_vendor(one)).create_many(
            [
                {"name": f"Vendor {place}", "tier": "LOW", "country": country}
                for place, country in enumerate(countries[one.id])
            ]
        )
    return countries


def _vendor(org: Org) -> type:
    from models.vendors import Vendor

    return Vendor


@pytest.fixture
async def root(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.superuser)
    try:
        yield connection
        await connection.execute("UPDATE data.vendor SET country = NULL")
    finally:
        await connection.close()


async def countries_of(root: asyncpg.Connection, org_id: UUID) -> list[str | None]:
    rows = await root.fetch(
        "SELECT country FROM data.vendor WHERE org_id = $1 ORDER BY name", org_id
    )
    return [row[0] for row in rows]


async def state(root: asyncpg.Connection) -> tuple[object, ...]:
    """What must be as before: the keys, and that every table is forced."""
    return (
        await root.fetch("SELECT * FROM palisade.context_key ORDER BY id"),
        await root.fetchval(
            "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class "
            "WHERE relnamespace = 'data'::regnamespace AND relkind = 'r'"
        ),
    )


async def test_the_owners_own_update_changes_nothing_and_says_nothing(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]]
) -> None:
    assert await as_owner(urls, lambda owner: owner.exec_driver_sql(UPDATE).rowcount) == 0
    for org_id, countries in vendors.items():
        assert await countries_of(root, org_id) == countries


@pytest.mark.parametrize("superuser", [False, True])
async def test_change_rows_reaches_a_frozen_organisation(
    urls: Urls,
    root: asyncpg.Connection,
    vendors: dict[UUID, list[str | None]],
    org: Org,
    lifecycle: Lifecycle,
    superuser: bool,
) -> None:
    """What is frozen has to fit the next schema as well."""
    await lifecycle.freeze(org.slug, reason=None)
    changed = await as_owner(
        urls,
        lambda owner: change_rows(owner, UPDATE, table="data.vendor", where="country = 'UK'"),
        superuser=superuser,
    )
    assert changed == 3
    assert await countries_of(root, org.id) == ["GB", "GB", "FR", None]


@pytest.mark.parametrize("superuser", [False, True])
async def test_change_rows_updates_every_organisation(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]], superuser: bool
) -> None:
    before = await state(root)

    changed = await as_owner(
        urls,
        lambda owner: change_rows(owner, UPDATE, table="data.vendor", where="country = 'UK'"),
        superuser=superuser,
    )

    assert changed == 3
    for org_id, countries in vendors.items():
        assert await countries_of(root, org_id) == [
            "GB" if country == "UK" else country for country in countries
        ]
    assert await state(root) == before
    assert before[1] is True


async def test_change_rows_deletes(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]], org: Org
) -> None:
    statement = "DELETE FROM data.vendor WHERE country IN ('UK', 'FR')"
    where = "country IN ('UK', 'FR')"

    assert (
        await as_owner(
            urls, lambda owner: change_rows(owner, statement, table="data.vendor", where=where)
        )
        == 4
    )
    assert await countries_of(root, org.id) == [None]


async def test_change_rows_finds_nothing_to_do(urls: Urls, org: Org) -> None:
    statement = "UPDATE data.vendor SET country = 'AA' WHERE country = 'ZZ'"
    assert (
        await as_owner(
            urls,
            lambda owner: change_rows(
                owner, statement, table="data.vendor", where="country = 'ZZ'"
            ),
        )
        == 0
    )


async def test_change_rows_twice_in_one_transaction(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]], other_org: Org
) -> None:
    def both(owner: sa.Connection) -> int:
        first = change_rows(owner, UPDATE, table="data.vendor", where="country = 'UK'")
        back = UPDATE.replace("UK", "XX").replace("GB", "UK").replace("XX", "GB")
        return first + change_rows(owner, back, table="data.vendor", where="country = 'GB'")

    assert await as_owner(urls, both) == 6
    assert await countries_of(root, other_org.id) == vendors[other_org.id]


async def test_change_rows_refuses_a_statement_that_misses_rows(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]]
) -> None:
    before = await state(root)
    with pytest.raises(MigrationError, match=r"^3 of 4 rows of data\.vendor were changed"):
        await as_owner(
            urls,
            lambda owner: change_rows(
                owner, UPDATE, table="data.vendor", where="country IN ('UK', 'FR')"
            ),
        )
    for org_id, countries in vendors.items():
        assert await countries_of(root, org_id) == countries
    assert await state(root) == before


async def test_change_rows_misses_no_organisation_that_the_directory_has_not(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]], other_org: Org
) -> None:
    entry = "kind = 'id' AND org_id = $1"
    await root.execute(f"DELETE FROM palisade.directory_entry WHERE {entry}", other_org.id)
    try:
        with pytest.raises(MigrationError, match=r"^2 of 3 rows .* is not in the directory\.$"):
            await as_owner(
                urls,
                lambda owner: change_rows(
                    owner, UPDATE, table="data.vendor", where="country = 'UK'"
                ),
            )
        for org_id, countries in vendors.items():
            assert await countries_of(root, org_id) == countries
    finally:
        await root.execute(
            "INSERT INTO palisade.directory_entry VALUES ('id', $1, $2)",
            str(other_org.id),
            other_org.id,
        )


async def test_change_rows_runs_the_statement_behind_the_walls(
    urls: Urls, root: asyncpg.Connection, vendors: dict[UUID, list[str | None]], org: Org
) -> None:
    """A statement sees one organisation at a time and nothing of the directory."""
    alone = (
        "UPDATE data.vendor SET country = 'GB' WHERE country = 'UK' "
        "AND (SELECT count(DISTINCT org_id) FROM data.vendor) = 1"
    )
    assert (
        await as_owner(
            urls,
            lambda owner: change_rows(owner, alone, table="data.vendor", where="country = 'UK'"),
        )
        == 3
    )
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        await as_owner(
            urls,
            lambda owner: change_rows(
                owner,
                "DELETE FROM palisade.directory_entry",
                table="data.vendor",
                where="country = 'UK'",
            ),
        )
    assert await root.fetchval("SELECT count(*) FROM palisade.directory_entry") > 0


async def test_change_rows_needs_a_grant_where_clients_change_nothing(
    urls: Urls, root: asyncpg.Connection, org: Org
) -> None:
    table = "data.audit_event"
    where = f"org_id = '{org.id}'"
    statement = f"UPDATE {table} SET request_id = 'forgotten' WHERE {where}"

    def forget(owner: sa.Connection) -> int:
        return change_rows(owner, statement, table=table, where=where)

    def forget_with_grant(owner: sa.Connection) -> int:
        owner.exec_driver_sql(f"GRANT UPDATE ON {table} TO {APP}")
        changed = forget(owner)
        owner.exec_driver_sql(f"REVOKE UPDATE ON {table} FROM {APP}")
        return changed

    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        await as_owner(urls, forget)
    assert await as_owner(urls, forget_with_grant) == 1
    assert await root.fetchval(f"SELECT request_id FROM {table} WHERE {where}") == "forgotten"
