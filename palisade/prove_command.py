"""`palisade prove`: attacks a running service from one organisation on another, and reports."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assurance.prove.parties import MOST_ORGS
from assurance.prove.proving import Plan, Tell, all_entrances
from assurance.prove.report import Report
from palisade.preparation import NotReady
from palisade.proved import prove_installation, proved_installation
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
        models: Models = None,
    ) -> None:
        """Attack a service with everything its schema allows; exit code 1 where it gives way.

        On a scratch database, or where PALISADE_DATABASE_URL and PALISADE_WORKER_URL are set, on
        that one: in organisations that are made for it, and erased afterwards.
        """
        plan = Plan(seed=seed, orgs=orgs, entrances=tuple(only) if only else None)
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
            _check(plan)
            settings = settings_of(None, models)
            with (
                proved_installation(settings) as place,
                _progress() as tell,
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ):
                done = runner.run(prove_installation(place, plan, tell=tell))
            _write(done, folder)
            return done
    except SystemExit as error:
        raise SystemExit(_CANNOT_RUN) from error


def _check(plan: Plan) -> None:
    known = [entrance.name for entrance in all_entrances()]
    for name in plan.entrances or ():
        if name not in known:
            raise NotReady(f"There is no entrance {name}: there are {', '.join(known)}.")


def _write(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(report.as_markdown())
        text = orjson.dumps(report.as_json(), default=str, option=orjson.OPT_INDENT_2)
        (folder / "report.json").write_bytes(text)
    except OSError as error:
        raise NotReady(f"{folder} can't be written: {error.strerror}.") from error


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar where somebody watches; else a line for each entrance."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def tell(entrance: str, done: int) -> None:
            progress.update(task, description=entrance, completed=done)

        yield tell


class _Lines:
    def __init__(self) -> None:
        self._entrance = ""

    def tell(self, entrance: str, done: int) -> None:
        if entrance != self._entrance:
            self._entrance = entrance
            say(f"attacking: {entrance}")


def _tell(report: Report, folder: Path) -> None:
    for finding in report.findings[:_SHOWN]:
        typer.echo(f"FOUND {finding.rule}: {finding.label}: {finding.evidence[:300]}")
    if (more := len(report.findings) - _SHOWN) > 0:
        typer.echo(f"… and {more} more.")
    for timing in report.timing:
        typer.echo(timing["sentence"])
    for name, (reached, total) in report.reached.items():
        typer.echo(f"{reached:,} of {total:,} {name} reached")
    unproven = f", {len(report.unproven)} unproven" if report.unproven else ""
    verdict = "Nothing got across" if report.held else f"{len(report.findings)} findings"
    typer.echo(
        f"{verdict}{unproven}: {report.attacks:,} attacks, {report.requests:,} requests in "
        f"{report.seconds:.1f} s, {report.per_second:.0f} a second (seed {report.seed})"
    )
    typer.echo(f"{folder / 'report.md'} and report.json tell all.")
