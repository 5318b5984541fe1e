"""`palisade prove`: attacks a running service from one organisation on another, and reports."""

import asyncio
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
import uvloop
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from assurance.prove.parties import MOST_ORGS
from assurance.prove.proving import Plan, Tell, all_entrances
from assurance.prove.report import Report
from models.registry import load_catalog
from palisade.preparation import NotReady
from palisade.proved import prove_installation, proved_installation
from palisade.settings import Settings
from palisade.terminal import Models, plainly, say, settings_of

DEFAULT_REPORT: Final = Path("palisade-prove-report")
_SHOWN: Final = 10
_CANNOT_RUN: Final = 2


def add_prove_command(cli: typer.Typer) -> None:
    """Adds prove."""

    @cli.command()
    def prove(
        orgs: Annotated[
            int, typer.Option(min=2, max=MOST_ORGS, help="How many attack each other.")
        ] = 2,
        seed: Annotated[int, typer.Option(help="The same seed sends the same attacks.")] = 1,
        only: Annotated[
            list[str] | None,
            typer.Option(metavar="ENTRANCE", help="Only this; can be given more than once."),
        ] = None,
        report: Annotated[
            Path, typer.Option(metavar="DIR", help="Where report.md and report.json go.")
        ] = DEFAULT_REPORT,
        json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
        types: Annotated[
            list[str] | None,
            typer.Option(
                "--type", metavar="TYPE", help="Only this type; can be given more than once."
            ),
        ] = None,
        models: Models = None,
    ) -> None:
        """Attack a service with everything its schema allows; exit code 1 where it gives way.

        On a scratch database, or where PALISADE_DATABASE_URL and PALISADE_WORKER_URL are set, on
        that one: in organisations that are made for it, and erased afterwards.
        """
        plan = Plan(seed=seed, orgs=orgs, entrances=only or None, types=types or None)
        done = _proved(plan, report, models)
        if json:
            typer.echo(orjson.dumps(done.as_json(), default=str))
        else:
            _tell(done, report)
        raise SystemExit(0 if done.held else 1)


def _proved(plan: Plan, folder: Path, models: list[str] | None) -> Report:
    """The report, written. Ends the process with exit code 2 where nothing could be tried."""
    try:
        with plainly():
            settings = settings_of(None, models)
            _check(plan, settings)
            with (
                proved_installation(settings) as place,
                _made(folder),
                _progress(plan) as tell,
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ):
                done = runner.run(prove_installation(place, plan, tell=tell))
            _write(done, folder)
            return done
    except SystemExit as error:
        raise SystemExit(_CANNOT_RUN) from error
    except Exception as error:
        # Exit code 1 says that something got across, and nobody knows that.
        traceback.print_exc()
        say(f"The attacks were not finished: {type(error).__name__}: {error}")
        raise SystemExit(_CANNOT_RUN) from error


def _check(plan: Plan, settings: Settings) -> None:
    known_types = [table.type for table in load_catalog(settings.models).exposed]
    for name in plan.types or ():
        if name not in known_types:
            raise NotReady(f"There is no type {name}: there are {', '.join(known_types)}.")
    known = [entrance.name for entrance in all_entrances()]
    for name in plan.entrances or ():
        if name not in known:
            raise NotReady(f"There is no entrance {name}: there are {', '.join(known)}.")


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder of the report, made before anything is tried."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(f"{folder} can't be made: {error.strerror}.") from error
    yield


def _write(report: Report, folder: Path) -> None:
    try:
        (folder / "report.md").write_text(report.as_markdown())
        text = orjson.dumps(report.as_json(), default=str, option=orjson.OPT_INDENT_2)
        (folder / "report.json").write_bytes(text)
    except OSError as error:
        raise NotReady(f"{folder} can't be written: {error.strerror}.") from error


@contextmanager
def _progress(plan: Plan) -> Iterator[Tell]:
    """A bar where somebody watches, a step for each entrance; else a line for each."""
    steps = _Steps(plan)
    if not sys.stderr.isatty():

        def tell_line(entrance: str, done: int) -> None:
            if steps.enter(entrance):
                say(f"attacking: {entrance}")

        yield tell_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("starting", total=steps.count)

        def tell(entrance: str, done: int) -> None:
            steps.enter(entrance)
            text = f"{entrance}, {done:,} attacks"
            progress.update(task, description=text, completed=steps.done)

        yield tell


class _Steps:
    """How far the attacks are: each organisation goes through all entrances once."""

    def __init__(self, plan: Plan) -> None:
        chosen = plan.entrances or [entrance.name for entrance in all_entrances()]
        self._names = [one.name for one in all_entrances() if one.name in chosen]
        self._turn = 0
        self._place = -1
        self.count = len(self._names) * plan.orgs

    @property
    def done(self) -> int:
        """Entrances that are behind it."""
        return self._turn * len(self._names) + max(self._place, 0)

    def enter(self, entrance: str) -> bool:
        """Whether this is another entrance than before."""
        place = self._names.index(entrance)
        if place == self._place:
            return False
        self._turn += place < self._place
        self._place = place
        return True


def _tell(report: Report, folder: Path) -> None:
    for finding in report.findings[:_SHOWN]:
        typer.echo(f"FOUND {finding.rule}: {finding.label}: {finding.evidence[:300]}")
    if (more := len(report.findings) - _SHOWN) > 0:
        typer.echo(f"… and {more} more.")
    for timing in report.timing:
        typer.echo(timing["sentence"])
    for name, (reached, total) in report.reached.items():
        typer.echo(f"{reached:,} of {total:,} {name} reached")
    unproven = f", {report.without_control:,} unproven" if report.without_control else ""
    verdict = "Nothing got across" if report.held else f"{len(report.findings)} findings"
    typer.echo(
        f"{verdict}{unproven}: {report.attacks:,} attacks, {report.requests:,} requests in "
        f"{report.seconds:.1f} s, {report.per_second:.0f} a second (seed {report.seed})"
    )
    typer.echo(f"{folder / 'report.md'} and report.json tell all.")
