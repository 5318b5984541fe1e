"""What all commands share: their options, their settings, and how they tell what went wrong."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from auth.errors import IssuerConfigurationError
from migrations.runner import MigrationError
from models.rules import ModelError
from palisade.embedded import DataDirectoryError
from palisade.logs import configure_logs
from palisade.preparation import NotReady
from palisade.serving import StartError
from palisade.settings import Settings, SettingsError, read_settings
from repository.context import ContextKeyError
from repository.errors import RepositoryError

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the embedded database and the keys lie."),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--models", help="A package of own models; can be given more than once."),
]

# Each of these has a message of one plain sentence.
_EXPECTED = (
    ContextKeyError,
    DataDirectoryError,
    IssuerConfigurationError,
    MigrationError,
    ModelError,
    NotReady,
    RepositoryError,
    SettingsError,
    StartError,
)


def settings_of(data_dir: Path | None, models: list[str] | None, **overrides: object) -> Settings:
    """The settings of the environment and the options.

    Raises: SettingsError.
    """
    return read_settings(
        data_dir=data_dir, models=" ".join(models) if models else None, **overrides
    )


@contextmanager
def plainly() -> Iterator[None]:
    """What was foreseen is told in one sentence, with exit code 1; logs go to standard error.

    SIGTERM interrupts like Ctrl-C, so that an embedded database is stopped on the way out.
    """
    configure_logs()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except _EXPECTED as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(f"The database refuses this: {str(error.orig).splitlines()[0]}.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> None:
    # A shell without job control starts what runs in the background with SIGINT ignored.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # As a signal and not as an exception: asyncio ends its work in order on SIGINT alone.
    signal.raise_signal(signal.SIGINT)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(1)


def say(line: str) -> None:
    """A line for a person, beside what the command prints."""
    typer.echo(line, err=True)
