"""Which models a service has: the product's own and those of the packages it is given."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from models.base import Base, Global, Model
from models.describe import Catalog, describe
from models.rules import ModelError

CORE_MODULES = (
    "models.organization",
    "models.people",
    "models.vendors",
    "models.applications",
    "models.integrations",
    "models.datasets",
    "models.flows",
    "models.grants",
    "models.assessments",
    "models.attestations",
    "models.contracts",
    "models.penetration",
    "models.events",
    "models.findings",
    "models.directory",
)


def load_catalog(packages: Sequence[str] = ()) -> Catalog:
    """The catalog of the product's models and those of ``packages``.

    Raises: ModelError, also where a package can't be imported or declares no model.
    """
    modules = [importlib.import_module(name) for name in CORE_MODULES]
    models = [model for module in modules for model in declared_in(module.__name__)]
    for package in packages:
        import_package(package)
        own = list(declared_in(package))
        if not own:
            raise ModelError(f"{package} declares no model: derive a class from palisade.Model")
        models += own
    return describe(models)


def import_package(package: str) -> ModuleType:
    """The imported package; the working folder is looked in first.

    Raises: ModelError, where the package itself isn't found or repeats another model's name.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModelError(f"no package {package} here: run from the folder that holds it") from error
    except sa.exc.InvalidRequestError as error:
        cause = str(error).partition(".  ")[0]
        raise ModelError(
            f"{package} can't be loaded, {cause}: rename the model, another one has its name"
        ) from error


def declared_in(package: str) -> Iterator[type[Model] | type[Global]]:
    """The concrete models declared in a module or package, in the order of declaration."""
    by_table = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.tables.values():
        model = by_table.get(table)
        if model is None:  # The class is gone and has left its table behind.
            continue
        if model.__module__ == package or model.__module__.startswith(f"{package}."):
            yield model
