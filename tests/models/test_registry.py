import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy.orm import Mapped

from models.base import Model
from models.classification import Category, internal
from models.columns import text
from models.describe import Catalog
from models.registry import declared_in, load_catalog
from models.rules import ModelError

Write = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a package in the working folder, unimported again at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    written: list[str] = []

    def write(name: str, **modules: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        for module, source in {"__init__": "", **modules}.items():
            (folder / f"{module}.py").write_text(dedent(source))
        written.append(name)
        return name

    yield write
    for name in list(sys.modules):
        if name.split(".")[0] in written:
            del sys.modules[name]


LAMP = '''
    from sqlalchemy.orm import Mapped
    from models.base import Model
    from models.classification import Category, internal
    from models.columns import text

    class {name}(Model):
        """A light."""

        colour: Mapped[str] = text("Its colour.", internal(Category.BUSINESS))
'''


def test_load_catalog_has_the_core_alone(catalog: Catalog) -> None:
    assert "Integration" in catalog.tables
    assert {table.name for table in catalog.global_tables} == {
        *("directory_entry", "context_key", "organisation_state", "erasure"),
    }
    assert load_catalog().tables.keys() == catalog.tables.keys()


def test_load_catalog_takes_a_package_of_the_working_folder(package: Write) -> None:
    name = package("lamps_here", __init__=LAMP.format(name="LampHere"))

    catalog = load_catalog([name])

    assert catalog.tables["LampHere"].plural == "lampHeres"
    assert "Vendor" in catalog.tables


def test_load_catalog_takes_models_of_submodules(package: Write) -> None:
    name = package(
        "lamps_deep",
        __init__="from lamps_deep import standing",
        standing=LAMP.format(name="StandingLamp"),
    )

    assert "StandingLamp" in load_catalog([name]).tables


def test_load_catalog_keeps_packages_apart(package: Write) -> None:
    one = package("lamps_one", __init__=LAMP.format(name="LampOne"))
    longer = package("lamps_one_more", __init__=LAMP.format(name="LampOneMore"))
    load_catalog([one, longer])

    assert "LampOneMore" not in load_catalog([one]).tables
    assert "LampOne" not in load_catalog([longer]).tables
    assert {"LampOne", "LampOneMore"} <= load_catalog([one, longer]).tables.keys()


def test_load_catalog_refuses_a_package_that_is_not_here() -> None:
    with pytest.raises(ModelError, match="no package nowhere_to_be_found here: run from"):
        load_catalog(["nowhere_to_be_found"])


def test_load_catalog_shows_what_a_package_itself_misses(package: Write) -> None:
    name = package("lamps_broken", __init__="import a_module_it_needs")

    with pytest.raises(ModuleNotFoundError, match="a_module_it_needs"):
        load_catalog([name])


def test_load_catalog_refuses_a_package_without_models(package: Write) -> None:
    name = package("lamps_none", __init__="COLOUR = 'red'")

    with pytest.raises(ModelError, match=r"lamps_none declares no model: derive a class from"):
        load_catalog([name])


def test_load_catalog_stops_at_a_column_without_classification(package: Write) -> None:
    source = LAMP.format(name="LampBare").replace(", internal(Category.BUSINESS)", "")
    name = package("lamps_bare", __init__=source)

    with pytest.raises(ModelError, match=r"LampBare\.colour has no classification: add one"):
        load_catalog([name])


def test_load_catalog_refuses_a_name_the_product_has(package: Write) -> None:
    name = package("lamps_vendor", __init__=LAMP.format(name="Vendor"))

    with pytest.raises(ModelError, match=r"lamps_vendor can't be loaded, .*data\.vendor.*rename"):
        load_catalog([name])


def test_load_catalog_forgets_a_model_that_is_gone() -> None:
    def declare() -> None:
        class Passing(Model):
            """A record."""

            name: Mapped[str] = text("A.", internal(Category.BUSINESS))

    declare()
    gc.collect()

    assert "Passing" not in load_catalog().tables


def test_declared_in_keeps_the_order_of_declaration() -> None:
    assert [model.__name__ for model in declared_in("models.people")] == [
        "User",
        "Group",
        "Membership",
    ]
