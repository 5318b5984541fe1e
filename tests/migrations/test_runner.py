import asyncio
from pathlib import Path

import asyncpg
import pytest

from migrations import runner
from migrations.runner import (
    MigrationError,
    build,
    make_revision,
    migrate,
    outdated,
    packages_of,
)
from models.describe import Catalog
from repository.walls import PolicyForm
from tests.conftest import Urls
from tests.migrations.conftest import OwnPackage, catalog_of

VERSIONS = Path(runner.__file__).parent / "versions"


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_build_and_migrate_make_equal_catalogs(
    empty: Urls, built: Urls, catalog: Catalog, policy_form: PolicyForm
) -> None:
    await build(built.superuser, catalog, form=policy_form)
    await migrate(empty.superuser, catalog, form=policy_form)

    expected = await catalog_of(built)

    assert await catalog_of(empty) == expected
    assert len(expected["policies"]) == 4 * len(catalog.tables)
    assert all(expected[part] for part in expected if part != "triggers")
    assert not expected["triggers"]


async def test_migrate_again_changes_nothing(
    empty: Urls, catalog: Catalog, policy_form: PolicyForm
) -> None:
    first: list[str] = []
    await migrate(empty.superuser, catalog, form=policy_form, report=first.append)
    before = await catalog_of(empty)
    again: list[str] = []
    await migrate(empty.owner, catalog, form=policy_form, report=again.append)

    assert await catalog_of(empty) == before
    assert first[0] == "palisade 0001: First tables"
    assert again == ["row level security, functions and grants are in place"]


async def test_migrate_changes_the_form_of_the_policies(empty: Urls, catalog: Catalog) -> None:
    await migrate(empty.superuser, catalog, form=PolicyForm.BARE)
    bare = await catalog_of(empty)
    await migrate(empty.owner, catalog, form=PolicyForm.SUBSELECT)
    changed = await catalog_of(empty)

    assert all("(org_id = palisade.org_id" in policy for policy in bare["policies"])
    assert all("SELECT palisade.org_id" in policy for policy in changed["policies"])


async def test_migrate_takes_stray_grants_back(
    empty: Urls, catalog: Catalog, policy_form: PolicyForm
) -> None:
    await migrate(empty.superuser, catalog, form=policy_form)
    before = await catalog_of(empty)
    await execute(
        empty.superuser,
        "GRANT ALL ON data.vendor TO palisade_app, palisade_worker, PUBLIC",
        "GRANT SELECT ON palisade.context_key TO palisade_app",
        "GRANT EXECUTE ON FUNCTION palisade.list_orgs() TO palisade_app",
        "ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE data.grant_record DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_org ON data.integration",
        "ALTER POLICY of_org ON data.dataset USING (true)",
        "CREATE OR REPLACE FUNCTION palisade.enter(context text) RETURNS boolean "
        "LANGUAGE sql AS 'SELECT true'",
    )
    assert await catalog_of(empty) != before

    await migrate(empty.owner, catalog, form=policy_form)

    assert await catalog_of(empty) == before


async def test_make_revision_finds_nothing_on_a_migrated_database(
    urls: Urls, catalog: Catalog
) -> None:
    before = set(VERSIONS.glob("*.py"))
    try:
        assert await make_revision(urls.superuser, catalog, (), message="nothing") is None
    finally:
        written = set(VERSIONS.glob("*.py")) - before
        for path in written:
            path.unlink()
    assert not written


async def test_make_revision_waits_for_pending_revisions(empty: Urls, catalog: Catalog) -> None:
    with pytest.raises(MigrationError, match=r"pending: run `palisade migrate` first\.$"):
        await make_revision(empty.superuser, catalog, (), message="too early")


async def test_migrate_refuses_a_role_that_is_not_the_owner(empty: Urls, catalog: Catalog) -> None:
    with pytest.raises(
        MigrationError,
        match=r"The owner URL logs in as palisade_app: use palisade_owner, or once a superuser",
    ):
        await migrate(empty.app, catalog)
    assert await fetch(empty.superuser, "SELECT to_regnamespace('palisade')") is None

    await migrate(empty.superuser, catalog)


async def test_migrate_says_what_the_owner_misses_in_a_new_database(
    empty: Urls, catalog: Catalog
) -> None:
    with pytest.raises(MigrationError, match=r"palisade_owner may not make schemas in .*superuser"):
        await migrate(empty.owner, catalog)


async def test_migrate_says_that_a_role_is_unknown(empty: Urls, catalog: Catalog) -> None:
    with pytest.raises(MigrationError, match=r"The database refuses the owner URL: .*no_such_role"):
        await migrate(empty.owner.replace("palisade_owner", "no_such_role"), catalog)


async def test_migrate_says_that_a_database_is_unknown(empty: Urls, catalog: Catalog) -> None:
    with pytest.raises(MigrationError, match=r"The database refuses the owner URL: .*no_such_name"):
        await migrate(empty.database("no_such_name").superuser, catalog)


async def test_migrate_says_that_the_server_is_not_there(catalog: Catalog) -> None:
    with pytest.raises(MigrationError, match="The database can't be reached"):
        await migrate("postgresql://palisade_owner@127.0.0.1:1/palisade", catalog)


async def test_migrate_runs_alone(empty: Urls, catalog: Catalog, policy_form: PolicyForm) -> None:
    reports: tuple[list[str], list[str]] = ([], [])
    await asyncio.gather(
        *(
            migrate(empty.superuser, catalog, form=policy_form, report=lines.append)
            for lines in reports
        )
    )

    revisions = len(list(VERSIONS.glob("*.py")))
    assert sorted(len(lines) for lines in reports) == [1, revisions + 1]


async def test_migrate_waits_for_another_migrator(empty: Urls, catalog: Catalog) -> None:
    other = await asyncpg.connect(empty.superuser)
    try:
        await other.execute(f"SELECT pg_advisory_lock({runner._LOCK})")
        waiting = asyncio.create_task(migrate(empty.superuser, catalog))
        async with asyncio.timeout(10):
            while not await other.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ):
                assert not waiting.done()
        assert await other.fetchval("SELECT to_regnamespace('palisade')") is None
        await other.execute(f"SELECT pg_advisory_unlock({runner._LOCK})")
        await waiting
        assert await other.fetchval("SELECT to_regclass('data.vendor')")
    finally:
        await other.close()


async def test_outdated_says_nothing_when_all_is_there(urls: Urls, catalog: Catalog) -> None:
    assert await outdated(urls.app, catalog) is None


async def test_outdated_tells_of_an_empty_database(
    empty: Urls, urls: Urls, catalog: Catalog
) -> None:
    head = next(iter(sorted(VERSIONS.glob("*.py"), reverse=True))).name[:4]
    assert await outdated(empty.app, catalog) == (
        f"The database is at revision none of palisade and the code needs {head}: "
        "run `palisade migrate`."
    )


async def test_outdated_tells_of_an_old_revision(empty: Urls, catalog: Catalog) -> None:
    await migrate(empty.superuser, catalog)
    assert await outdated(empty.app, catalog) is None
    await execute(empty.superuser, "UPDATE palisade.revision_of_palisade SET version_num = '0000'")
    message = await outdated(empty.app, catalog)
    assert message is not None
    assert message.startswith("The database is at revision 0000 of palisade and the code needs")


async def test_outdated_tells_of_a_missing_column(empty: Urls, catalog: Catalog) -> None:
    await migrate(empty.superuser, catalog)
    await execute(empty.superuser, "ALTER TABLE data.vendor DROP COLUMN website")
    assert await outdated(empty.app, catalog) == (
        "Vendor.website is declared and not in the database: "
        "run `palisade migrate --make MESSAGE`, then `palisade migrate`."
    )


async def test_outdated_tells_of_missing_grants(empty: Urls, catalog: Catalog) -> None:
    await build(empty.superuser, catalog)
    message = await outdated(empty.app, catalog)
    assert message is not None
    assert "revision none" in message


def test_packages_of_keeps_the_product_first(catalog: Catalog) -> None:
    (core,) = packages_of(catalog, ())
    assert core.name == "palisade"
    assert core.version_table == "revision_of_palisade"
    assert {"vendor", "user_record", "directory_entry", "context_key"} <= core.tables


FIRST = '''
    class Rig(StrEnum):
        SLOOP = "SLOOP"
        KETCH = "KETCH"

    class Boat(Model):
        """A boat."""

        __options__ = Options(unique=(("name",),))

        name: Mapped[str] = text("Its name.", BUSINESS, max_length=50)
        rig: Mapped[Rig] = choice("Its rig.", BUSINESS, of=Rig, default=Rig.SLOOP)
        berths: Mapped[int | None] = integer("Its berths.", BUSINESS, minimum=0, maximum=10)
        draft: Mapped[int | None] = integer("Its draft.", BUSINESS, minimum=0, maximum=9)
        port: Mapped[str | None] = text("Where it lies.", BUSINESS)
'''
SECOND = '''
    class Rig(StrEnum):
        SLOOP = "SLOOP"
        KETCH = "KETCH"
        OTHER = "IT'S :OTHER"

    class Boat(Model):
        """A boat or a ship."""

        __options__ = Options(
            unique=(("name",), ("sail_number",)),
            indexes=(("rig",),),
            checks={"has_berths": "berths IS NOT NULL OR rig = 'KETCH'"},
        )

        name: Mapped[str] = text("Its full name.", BUSINESS, max_length=60)
        rig: Mapped[Rig] = choice("Its rig.", BUSINESS, of=Rig, default=Rig.KETCH)
        berths: Mapped[int | None] = integer("Its berths.", BUSINESS, minimum=0, maximum=20)
        port: Mapped[str] = text("Where it lies.", BUSINESS, default="")
        sail_number: Mapped[str | None] = text(
            "On its sail.", BUSINESS, pattern="[A-Z]{3} :no [[:digit:]]+"
        )
        seaworthy: Mapped[bool] = boolean("Whether it floats.", BUSINESS, default=True)

    class Sailor(Model):
        """Who sails it."""

        boat_id: Mapped[uuid.UUID] = reference(
            "Boat", "The boat.", BUSINESS, inverse=("crew", "Who sails it."), cascade=True
        )
        user_id: Mapped[uuid.UUID | None] = reference(
            "User", "The person.", BUSINESS, inverse=("sails", "What they sail.")
        )
        wage: Mapped[object | None] = decimal("What they earn.", BUSINESS)
'''


async def test_revisions_of_own_models_lead_where_their_models_are(
    own: OwnPackage, empty: Urls, built: Urls, rebuilt: Urls
) -> None:
    own.write(FIRST)
    refused, _ = own.run(("migrate", empty.superuser), ("build", built.superuser))
    assert refused == {
        "refused": "harbour has no revisions yet: run `palisade migrate --models harbour --make MESSAGE`."
    }
    made, lines, nothing, state = own.run(
        ("make", empty.owner, "boats"),
        ("migrate", empty.owner),
        ("make", empty.owner, "nothing"),
        ("outdated", empty.app),
    )
    assert made == "0001_boats.py"
    assert lines[0] == "harbour 0001: boats"  # type: ignore[index]
    assert nothing is None
    assert state is None
    assert await catalog_of(empty) == await catalog_of(built)

    own.write(SECOND)
    before, made, pending, again, lines, nothing, state, _ = own.run(
        ("outdated", empty.app),
        ("make", empty.owner, "ships"),
        ("outdated", empty.app),
        ("make", empty.owner, "too early"),
        ("migrate", empty.owner),
        ("make", empty.owner, "nothing"),
        ("outdated", empty.app),
        ("build", rebuilt.superuser),
    )
    assert before == (
        "Boat.sail_number is declared and not in the database: run "
        "`palisade migrate --models harbour --make MESSAGE`, then `palisade migrate --models harbour`."
    )
    assert made == "0002_ships.py"
    assert pending == (
        "The database is at revision 0001 of harbour and the code needs 0002: "
        "run `palisade migrate --models harbour`."
    )
    assert again == {"refused": "Revisions of harbour are pending: run `palisade migrate` first."}
    assert lines[0] == "harbour 0002: ships"  # type: ignore[index]
    assert nothing is None
    assert state is None
    expected = await catalog_of(rebuilt)
    assert await catalog_of(empty) == expected
    assert any("IT''S :" in line for line in expected["constraints"])
    assert sorted(path.name for path in own.revisions.glob("*.py")) == [
        "0001_boats.py",
        "0002_ships.py",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_length=50", "max_length=51"),
        ('KETCH = "KETCH"', 'KETCH = "KETCH"\n        YAWL = "YAWL"'),
        ("maximum=10", "maximum=11"),
    ],
    ids=["length", "choice", "range"],
)
async def test_make_revision_sees_a_changed_check(
    own: OwnPackage, empty: Urls, old: str, new: str
) -> None:
    own.write(FIRST)
    own.run(("migrate", empty.superuser), ("make", empty.owner, "boats"), ("migrate", empty.owner))
    own.write(FIRST.replace(old, new))
    made, _, nothing = own.run(
        ("make", empty.owner, "checks"), ("migrate", empty.owner), ("make", empty.owner, "none")
    )
    assert made == "0002_checks.py"
    source = (own.revisions / "0002_checks.py").read_text()
    assert source.count("op.drop_constraint") == source.count("op.create_check_constraint") == 1
    assert source.count("op.") == 3
    assert nothing is None


async def test_an_interrupted_migration_goes_on_where_it_stopped(
    own: OwnPackage, empty: Urls, rebuilt: Urls, built: Urls
) -> None:
    """One database fails at the second revision alone, the other at the second of two."""
    own.write(FIRST)
    own.run(("migrate", empty.superuser), ("make", empty.owner, "boats"), ("migrate", empty.owner))
    own.write(FIRST + '        hull: Mapped[str | None] = text("Its hull.", BUSINESS)\n')
    own.run(("make", empty.owner, "hulls"))
    revision = own.revisions / "0002_hulls.py"
    good = revision.read_text()
    revision.write_text(good + "    op.execute('SELECT 1 / 0')\n")

    refused = own.run(("migrate", empty.owner), ("migrate", rebuilt.superuser))
    assert refused == [{"refused": "A revision of harbour failed: division by zero."}] * 2
    for urls in (empty, rebuilt):
        version = "SELECT version_num FROM palisade.revision_of_harbour"
        assert await fetch(urls.superuser, version) == "0001"
        column = "SELECT count(*) FROM pg_attribute WHERE attname = 'hull'"
        assert await fetch(urls.superuser, column) == 0

    revision.write_text(good)
    lines, _, nothing, _ = own.run(
        ("migrate", empty.owner),
        ("migrate", rebuilt.owner),
        ("make", empty.owner, "none"),
        ("build", built.superuser),
    )
    assert lines[0] == "harbour 0002: hulls"  # type: ignore[index]
    assert nothing is None
    assert await catalog_of(empty) == await catalog_of(rebuilt) == await catalog_of(built)
