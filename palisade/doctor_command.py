"""The command that examines the live database, and the same examination before it is served."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson
import structlog
import typer
from rich.console import Console
from rich.table import Table

from assurance.doctor.examination import Examination, examine
from assurance.doctor.expected import expected
from assurance.doctor.pooler import probe
from assurance.doctor.reading import read_snapshot
from assurance.doctor.rule import Examined, Finding, Severity
from assurance.doctor.rules.all import RULES
from assurance.doctor.service import File, ServiceFacts
from auth.development import KEY_FILE as DEVELOPMENT_KEY
from migrations.runner import packages_of
from models.registry import load_catalog
from palisade.installation import CONTEXT_KEY_FILE, Installation, installation
from palisade.preparation import NotReady
from palisade.settings import Settings, SettingsError
from palisade.terminal import DataDir, Models, plainly, settings_of

UNREACHABLE: Final = 2
_KEY_FILES: Final = (CONTEXT_KEY_FILE, DEVELOPMENT_KEY)

_log = structlog.get_logger(__name__)


def doctor(
    data_dir: DataDir = None,
    models: Models = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Examine the live database and the settings: every object is decided.

    Ends with 0 where there is no ERROR, with 1 where there is one, with 2 where nobody can look.
    """
    try:
        with plainly():
            settings = settings_of(data_dir, models)
            with installation(settings) as place:
                found = asyncio.run(examination(place, serving=False))
    except SystemExit as end:
        raise SystemExit(UNREACHABLE if end.code == 1 else end.code) from end
    if as_json:
        typer.echo(orjson.dumps(found.as_json()))
    else:
        _show(found)
    raise SystemExit(1 if found.errors else 0)


async def examination(place: Installation, *, serving: bool) -> Examination:
    """What is found of an installation, as the owner where that is possible and nobody serves.

    Raises: NotReady, ModelError, SettingsError.
    """
    settings = place.settings
    catalog = load_catalog(settings.models)
    revisions = [package.version_table for package in packages_of(catalog, settings.models)]
    try:
        pooler = await probe(place.app_url)
        url = place.app_url if serving else place.owner_url or place.app_url
        connection = await asyncpg.connect(url, timeout=2, statement_cache_size=0)
        try:
            snapshot = await read_snapshot(connection)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotReady(f"The database can't be examined: {error}.") from error
    except (OSError, TimeoutError) as error:
        raise NotReady(f"The database can't be reached: {error or 'no answer in time'}.") from error
    return examine(
        Examined(
            snapshot,
            expected(catalog, revisions, form=settings.policy_form),
            login=pooler.login,
            pooler=pooler,
            service=_facts(place, serving=serving),
        )
    )


async def check_safe(place: Installation, *, allowed: Collection[str] = ()) -> None:
    """That there is no ERROR but of the rules that are allowed by name, which are logged.

    Raises: NotReady, SettingsError for a rule that there is not.
    """
    for name in allowed:
        if name not in RULES:
            raise SettingsError(
                f"--allow-unsafe {name}: there is no such rule; `palisade doctor` names those "
                f"that fail, and docs/doctor.md all."
            )
    errors = (await examination(place, serving=True)).errors
    for name in allowed:
        objects = [one.object for one in errors if one.rule == name]
        _log.warning("unsafe_allowed", rule=name, objects=objects)
    refused = [one for one in errors if one.rule not in allowed]
    if refused:
        more = f" And {len(refused) - 1} more: `palisade doctor`." if len(refused) > 1 else ""
        raise NotReady(f"{_sentence(refused[0])}{more}")


def _sentence(finding: Finding) -> str:
    return f"{finding.object}: {finding.evidence} ({finding.rule}). {finding.fix}"


def _facts(place: Installation, *, serving: bool) -> ServiceFacts:
    settings = place.settings
    parts = urlsplit(place.app_url)
    query = parse_qs(parts.query)
    return ServiceFacts(
        embedded=place.embedded is not None,
        worker_login=urlsplit(place.worker_url).username if place.worker_url else None,
        database_host=parts.hostname or query.get("host", [None])[0],
        sslmode=query.get("sslmode", [None])[0],
        owner_url_present=settings.owner_url is not None,
        serving=serving,
        issuer=settings.issuer,
        jwks=settings.jwks,
        token_type=settings.token_type,
        algorithms=settings.algorithms,
        leeway_seconds=settings.leeway.total_seconds(),
        cors_origins=settings.cors_origins,
        host=settings.host,
        key_files=tuple(_key_files(settings)),
        export_dir=_file(settings.export_dir) if settings.export_dir else None,
    )


def _key_files(settings: Settings) -> list[File]:
    paths = (settings.data_dir / name for name in _KEY_FILES)
    return [file for path in paths if (file := _file(path))]


def _file(path: Path) -> File | None:
    try:
        return File(str(path), path.stat().st_mode & 0o777)
    except OSError:
        return None


def _show(found: Examination) -> None:
    """A table for people; piped, it is as wide as its lines need."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    if found.findings:
        table = Table("severity", "rule", "object", "evidence", "what to do")
        for one in found.findings:
            style = {Severity.ERROR: "red", Severity.WARNING: "yellow"}.get(one.severity, "")
            table.add_row(
                f"[{style}]{one.severity}[/]" if style else str(one.severity),
                one.rule,
                *(part.replace("[", "\\[") for part in (one.object, one.evidence, one.fix)),
            )
        console.print(table)
    decided = ", ".join(f"{number:,} {kind}" for kind, number in found.decided.items())
    counts = ", ".join(
        f"{sum(one.severity is severity for one in found.findings)} {severity}"
        for severity in Severity
    )
    console.print(f"{counts}. Decided: {decided}.", soft_wrap=True)
