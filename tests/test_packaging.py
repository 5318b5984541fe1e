"""The folders are import names, so nobody else may have them."""

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


def test_top_level_names_are_in_no_other_distribution() -> None:
    owners = packages_distributions()
    taken = {name: owners[name] for name in PACKAGES if set(owners.get(name, ())) - {"palisade"}}
    assert not taken, f"rename the folder, or drop the distribution: {taken}"


def test_every_product_folder_is_packaged() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders - {"benchmarks"} == set(PACKAGES) - {"migrations"}


def test_lock_has_no_addresses() -> None:
    for name in ("requirements.lock", "console/package-lock.json"):
        text = (ROOT / name).read_text()
        assert "http://" not in text, name
        assert '"resolved"' not in text, name
        assert "--index-url" not in text, name
