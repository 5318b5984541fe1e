"""How long a process takes until it could serve: imports, the catalog, the schema."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

_ROOT: Final = Path(__file__).parent.parent
_PACKAGE: Final = "generated_models"
_SIZES: Final = (50, 100, 200)
_QUICK_SIZES: Final = (50,)
_TITLES: Final = ("types", "imports", "catalog", "schema", "together", "processor")

# One process measures itself once: a second time everything would be imported already.
_MEASURED: Final = """
import json, sys, time
times = [time.perf_counter()]
from models.registry import import_package, load_catalog
from palisade.app import make_app
from schema.build import build_schema
times.append(time.perf_counter())
names = tuple(sys.argv[1:])
catalog = load_catalog(names)
times.append(time.perf_counter())
build_schema(catalog, [import_package(name) for name in names])
times.append(time.perf_counter())
parts = [b - a for a, b in zip(times, times[1:])]
print(json.dumps([len(catalog.tables), *parts, time.process_time()]))
"""

_HEADER: Final = '''"""Generated."""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category, Model, Options, boolean, choice, date, decimal, integer, internal, public, reference,
    text, timestamp,
)


class State(StrEnum):
    """A state."""

    NEW = "NEW"
    OLD = "OLD"

'''

_KINDS: Final = (
    'str | None] = text("Text.", internal(Category.BUSINESS))',
    'int | None] = integer("Number.", internal(Category.BUSINESS))',
    'Decimal | None] = decimal("Amount.", internal(Category.FINANCIAL))',
    'bool | None] = boolean("Whether.", internal(Category.BUSINESS))',
    'datetime.date | None] = date("Day.", internal(Category.BUSINESS))',
    'datetime.datetime | None] = timestamp("Instant.", internal(Category.BUSINESS))',
    'State | None] = choice("State.", internal(Category.BUSINESS), of=State)',
)


def show_startup(*, rounds: int, quick: bool) -> None:
    """Prints the seconds of each part: of the core types, with the CRM, and with own models.

    The median of the rounds; each is a process of its own. The processor's time is less than all
    parts together where others use the machine as well.
    """
    print(f"{'':<22}" + "".join(f"{title:>10}" for title in _TITLES))
    with TemporaryDirectory(prefix="palisade-bench-") as folder:
        sizes = _QUICK_SIZES if quick else _SIZES
        for size in sizes:
            (Path(folder) / f"{_PACKAGE}_{size}.py").write_text(generated(size))
        packages = [("core types", ()), ("with the CRM", ("crm",))]
        packages += [(f"with {size} own models", (f"{_PACKAGE}_{size}",)) for size in sizes]
        for label, names in packages:
            runs = [_measured(names, Path(folder)) for _ in range(rounds)]
            types, *parts, processor = map(statistics.median, zip(*runs, strict=True))
            seconds = "".join(f"{part:>10.2f}" for part in (*parts, sum(parts), processor))
            print(f"{label:<22}{types:>10.0f}{seconds}", flush=True)


def generated(size: int) -> str:
    """A module of so many models of 8 to 12 columns, each with references to earlier ones."""
    random = Random(size)  # noqa: S311
    return _HEADER + "".join(_model(number, random) for number in range(size))


def _model(number: int, random: Random) -> str:
    references = min(number, random.randint(1, 3))
    lines = [
        f"\nclass Thing{number}(Model):",
        f'    """Thing {number}."""\n',
        '    __options__ = Options(unique=(("name",),))\n',
        '    name: Mapped[str] = text("Name.", public(Category.BUSINESS))',
    ]
    lines += [
        f"    value_{place}: Mapped[{random.choice(_KINDS)}"
        for place in range(random.randint(8, 12) - references - 1)
    ]
    lines += [
        f'    part_{place}_id: Mapped[uuid.UUID | None] = reference("Thing{target}", "Part.", '
        f'internal(Category.BUSINESS), inverse=("things_{number}_{place}", "Things."))'
        for place, target in enumerate(random.sample(range(number), references))
    ]
    return "\n".join(lines) + "\n\n"


def _measured(names: tuple[str, ...], folder: Path) -> list[float]:
    path = os.pathsep.join((str(folder), str(_ROOT / "examples"), str(_ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *names],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found
