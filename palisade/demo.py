"""The demonstration: organisations, tokens for them, queries to try and one attack."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from auth.development import DevelopmentIssuer
from auth.directory import DirectoryKind
from auth.organization import OrgId
from auth.scopes import Role
from models.integrations import Integration
from models.organization import Organization
from palisade.app import CONSOLE_BUILD, installed_service, make_app
from palisade.demonstration.examples import Example, examples_for
from palisade.demonstration.inventory import demonstrated, parts_of
from palisade.demonstration.load import fill
from palisade.demonstration.organisations import Organisation
from palisade.doctor_command import check_safe
from palisade.embedded import held
from palisade.installation import Installation, installation, is_embedded
from palisade.issuers import development_issuer
from palisade.logs import configure_logs
from palisade.preparation import check_ready, database_of, migrate_installation
from palisade.serving import bound_socket, serve_here, url_of
from palisade.settings import Settings, SettingsError
from perimeter.inventory import furnishing
from repository.actor import Actor
from repository.criteria import ALL
from repository.database import Database
from repository.repositories import Repositories

TOKEN_LIFETIME = timedelta(hours=12)
TOLD_OF = 10
"""How many organisations are listed with tokens; there can be thousands."""
FEWEST = 2
_ACTOR = Actor("demonstration")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is: organisations, parts of each generated one, and what seed they are of."""

    orgs: int = FEWEST
    scale: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """An organisation with a token for each role."""

    slug: str
    id: str
    tokens: dict[str, str]


def run_demo(settings: Settings, extent: Extent, *, port: int, as_json: bool) -> None:
    """Prepares the data where it is missing, serves it, and tells how to try it.

    Raises: what `serve` raises; SettingsError, where a database or an issuer is configured.
    """
    if not is_embedded(settings):
        raise SettingsError("A PALISADE_…_URL is set: the demo has a database of its own.")
    issuer = development_issuer(settings)
    say = _silent if as_json else print
    configure_logs(level=30)
    listener = bound_socket(settings.host, port)
    with held(settings.data_dir), installation(settings) as place:
        told, examples = asyncio.run(_prepare(place, issuer, extent, say))
        demo = {
            "orgs": [asdict(organisation) for organisation in told],
            "examples": [asdict(example) for example in examples],
        }
        app = make_app(installed_service(place), demo=demo)
        url = f"{url_of(listener)}/graphql"

        def ready() -> None:
            if as_json:
                print(json.dumps({"url": url, "orgs": demo["orgs"]}), flush=True)
            else:
                _introduce(url, told, examples, more=extent.orgs - len(told))

        serve_here(app, listener, ready=ready)


async def _prepare(
    place: Installation, issuer: DevelopmentIssuer, extent: Extent, say: Callable[[str], None]
) -> tuple[list[DemoOrganisation], tuple[Example, ...]]:
    say("PostgreSQL 18 is running.")
    await migrate_installation(place)
    await check_ready(place)
    await check_safe(place)
    database, connections = database_of(place, place.settings, url=place.worker_url)
    await connections.open()
    told: list[DemoOrganisation] = []
    shown: list[str] = []
    try:
        there = await _provision(database, extent)
        for organisation in demonstrated(extent.orgs, seed=extent.seed):
            org_id = there[organisation.slug]
            repositories = database.of(org_id, _ACTOR)
            await _fill(repositories, organisation, extent, say)
            if len(told) < TOLD_OF:
                tokens = _tokens(issuer, org_id.value, organisation.slug)
                told.append(DemoOrganisation(organisation.slug, str(org_id), tokens))
            if len(shown) < FEWEST:
                row = await repositories.of(Integration).find(ALL)
                assert row is not None
                shown.append(str(row["id"]))
    finally:
        await connections.close()
    return told, examples_for(*shown)


async def _provision(database: Database, extent: Extent) -> dict[str, OrgId]:
    """The organisations by slug, those made that were missing."""
    for organisation in demonstrated(extent.orgs, seed=extent.seed):
        if await database.find_org(DirectoryKind.slug, organisation.slug) is None:
            await database.provision(
                organisation.slug,
                name=organisation.name,
                actor=_ACTOR,
                furnish=furnishing(database.catalog),
            )
    found: dict[str, OrgId] = {}
    async for org_id in database.organisations(reason="palisade demo"):
        repository = database.of(org_id, _ACTOR).of(Organization)
        found[(await repository.get(org_id.value))["slug"]] = org_id
    return found


async def _fill(
    repositories: Repositories,
    organisation: Organisation,
    extent: Extent,
    say: Callable[[str], None],
) -> None:
    slug = organisation.slug
    parts = parts_of(organisation, scale=extent.scale)

    def progress(part: int, rows: int) -> None:
        which = f", part {part + 1} of {parts}" if parts > 1 else ""
        say(f"Loaded the inventory of {slug}{which}: {rows:,} records.")

    if not await fill(
        repositories,
        organisation,
        parts=parts,
        seed=extent.seed,
        now=datetime.now(UTC),
        say=progress,
    ):
        say(f"{slug} is of another seed or version: it is left as it is.")


def _tokens(issuer: DevelopmentIssuer, org_id: UUID, slug: str) -> dict[str, str]:
    return {
        role.value: issuer.issue(
            org_id, role=role, subject=f"{role}@{slug}", lifetime=TOKEN_LIFETIME
        )
        for role in (Role.admin, Role.editor, Role.viewer)
    }


def _introduce(
    url: str, told: list[DemoOrganisation], examples: tuple[Example, ...], *, more: int
) -> None:
    """What a person reads: the address, the tokens, the queries, the attack."""
    print(f"\nPalisade is ready: {url}")
    print("Open it in a browser, or send it a query with one of these tokens.")
    if not (CONSOLE_BUILD / "index.html").exists():
        print("The playground is not built, for Node.js is missing: the page shows the schema.")
    for organisation in told:
        print(f"\n{organisation.slug}  {organisation.id}")
        for role, token in organisation.tokens.items():
            print(f"  {role:<7}{token}")
    if more:
        print(f"\nAnd {more:,} more organisations.")
    for example in examples:
        label = "An attack to try" if example.kind == "attack" else "A query to try"
        print(f"\n{label}: {example.title}")
        body = {"query": " ".join(example.query.split()), "variables": example.variables}
        print(f"  {json.dumps({key: value for key, value in body.items() if value})}")
    print(
        f"\n  curl -s {url} -H 'content-type: application/json' \\\n"
        "    -H 'authorization: Bearer TOKEN' -d 'QUERY'\n\nCtrl-C stops it.",
        flush=True,
    )


def _silent(line: str) -> None:
    pass
