"""A pytest plugin: the attacks of `palisade prove` on own models, a test for each entrance.

``pytest -p palisade.proving --palisade-models crm``, or ``pytest_plugins = ["palisade.proving"]``
in the conftest of the tests' root folder with ``palisade_models = crm`` in the configuration.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest

from assurance.prove.proving import Plan, all_entrances, prove
from assurance.prove.report import Finding, Report
from models.registry import load_catalog
from palisade.attacked import scratch

# Fewer than the command's: a test of own models shall not take minutes.
PAIRS: Final = 200
_RUN: Final = pytest.StashKey["_Run"]()
_SHOWN: Final = 5
# Found by no entrance of their own.
_BESIDE: Final = ("schema", "rows")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--palisade-models``, and the same in the configuration."""
    group = parser.getgroup("palisade")
    text = "the packages of models that are attacked, separated by spaces"
    group.addoption("--palisade-models", metavar="PACKAGES", help=text)
    group.addoption("--palisade-seed", type=int, default=1, help="another seed, other values")
    group.addoption(
        "--palisade-all-types", action="store_true", help="attack the product's own types, too"
    )
    parser.addini("palisade_models", text)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Adds a test for each entrance."""
    config = session.config
    models = config.getoption("--palisade-models") or config.getini("palisade_models")
    if not models:
        return
    run = _Run(
        tuple(str(models).split()),
        seed=config.getoption("--palisade-seed"),
        all_types=config.getoption("--palisade-all-types"),
    )
    config.stash[_RUN] = run
    for name in (*(entrance.name for entrance in all_entrances()), *_BESIDE):
        item = Proof.from_parent(session, name=f"prove[{name}]", entrance=name)
        # Workers of pytest-xdist that obey groups share one run.
        item.add_marker(pytest.mark.xdist_group("palisade-prove"))
        items.append(item)


class Broken(Exception):
    """An entrance by which something got across."""


class Proof(pytest.Item):
    """What was found by one entrance."""

    def __init__(self, *, entrance: str, **given: Any) -> None:
        super().__init__(**given)
        self._entrance = entrance

    def runtest(self) -> None:
        """Passes where nothing was found. The first of them makes the attacks."""
        report = self.config.stash[_RUN].report()
        found = [one for one in report.findings if one.entrance == self._entrance]
        if found:
            raise Broken("\n\n".join(_told(found)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings, without a traceback through the plugin."""
        if isinstance(excinfo.value, Broken):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Named by the entrance."""
        return self.path, None, self.name


class _Run:
    """The attacks, carried out when the first test asks for them."""

    def __init__(self, models: tuple[str, ...], *, seed: int, all_types: bool) -> None:
        self._models = models
        self._seed = seed
        self._all_types = all_types
        self._report: Report | None = None

    def report(self) -> Report:
        if self._report is None:
            self._report = asyncio.run(self._proved())
        return self._report

    async def _proved(self) -> Report:
        own = load_catalog(self._models).tables.keys() - load_catalog().tables.keys()
        types = None if self._all_types else sorted(own)
        plan = Plan(seed=self._seed, types=types, both_ways=False, pairs=PAIRS)
        async with scratch(self._models) as target:
            return await prove(target, plan)


def _told(found: list[Finding]) -> Iterator[str]:
    for one in found[:_SHOWN]:
        yield f"{one.rule}\n  {one.label}: {one.evidence}\n  {one.how}\n  {dict(one.variables)}"
    if len(found) > _SHOWN:
        yield f"… and {len(found) - _SHOWN} more."
