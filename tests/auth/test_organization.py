import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from auth.organization import OrgId, mint_org_id

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "models",
    "auth",
    "repository",
    "resolvers",
    "perimeter",
    "identity",
    "jobs",
    "schema",
    "palisade",
)
DEFINITION = "auth/organization.py"
CALLERS = {"auth/tokens.py", "repository/database.py"}
# Who may turn the slug that an operator names into an OrgId.
NAMED_BY = {"palisade/exports.py", "palisade/transfer_commands.py"}


def mentions(source: str, name: str) -> bool:
    """Whether the source names it: called, imported, renamed, or reached by its text."""
    return any(name in names_in(node) for node in ast.walk(ast.parse(source)))


def names_in(node: ast.AST) -> tuple[object, ...]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return (name,)
        case ast.Constant(value=text):
            return (text,)
        case _:
            return ()


def constructs_org_id(source: str) -> bool:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any("OrgId" in names_in(call.func) for call in calls)


def calls_method(source: str, name: str) -> bool:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == name for call in calls)


def sources() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_org_id_cannot_be_constructed(org: UUID) -> None:
    with pytest.raises(TypeError, match="minted from verified claims"):
        OrgId(org)
    with pytest.raises(TypeError, match="minted from verified claims"):
        OrgId(org, object())
    assert mint_org_id(org).value == org


def test_org_id_cannot_be_changed_into_another(org: UUID, other_org: UUID) -> None:
    minted = mint_org_id(org)
    with pytest.raises(TypeError, match="minted from verified claims"):
        replace(minted, value=other_org)
    with pytest.raises(FrozenInstanceError):
        minted.value = other_org  # type: ignore[misc]


def test_org_id_is_minted_from_a_uuid_only(org: UUID) -> None:
    with pytest.raises(TypeError, match="from a UUID"):
        mint_org_id(str(org))  # type: ignore[arg-type]


def test_org_id_is_equal_and_hashed_by_value(org: UUID) -> None:
    assert mint_org_id(org) == mint_org_id(UUID(str(org)))
    assert len({mint_org_id(org), mint_org_id(org), mint_org_id(uuid4())}) == 2


def test_org_id_reads_as_its_uuid(org: UUID) -> None:
    assert str(mint_org_id(org)) == str(org)


def test_org_id_is_minted_by_the_listed_callers_only() -> None:
    found = {path for path, source in sources() if mentions(source, "mint_org_id")}
    assert "auth/tokens.py" in found
    assert found <= CALLERS | {DEFINITION}


def test_organisation_is_named_by_the_listed_callers_only() -> None:
    found = {path for path, source in sources() if calls_method(source, "organisation")}
    assert found == NAMED_BY


def test_org_id_is_constructed_where_it_is_defined_only() -> None:
    constructing = {path for path, source in sources() if constructs_org_id(source)}
    reaching = {path for path, source in sources() if mentions(source, "_MINT")}
    assert constructing == reaching == {DEFINITION}


@pytest.mark.parametrize(
    "source",
    [
        "from auth.organization import mint_org_id as m",
        "import auth.organization as o\no.mint_org_id(x)",
        "getattr(o, 'mint_org_id')(x)",
    ],
)
def test_scan_sees_a_caller_however_it_is_written(source: str) -> None:
    assert mentions(source, "mint_org_id")
    assert not mentions("org_id = claims.org_id  # mint_org_id", "mint_org_id")


def test_scan_sees_a_construction_however_it_is_written() -> None:
    assert constructs_org_id("OrgId(x)")
    assert constructs_org_id("organization.OrgId(x)")
    assert not constructs_org_id("def f(org_id: OrgId) -> None: ...")
