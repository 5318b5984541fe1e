import pytest

from auth.errors import TokenMalformed
from auth.scopes import OPERATOR, ORG_ADMIN, Role, parse_scopes, role_scopes

TYPES = ["Integration", "SaasApplication"]
READS = {"integration:read", "saasApplication:read"}
WRITES = {"integration:write", "saasApplication:write"}


def test_role_viewer_reads_every_type() -> None:
    assert role_scopes(Role.viewer, TYPES) == READS


def test_role_editor_also_writes() -> None:
    assert role_scopes(Role.editor, TYPES) == READS | WRITES


def test_role_admin_also_runs_the_organisation() -> None:
    assert role_scopes(Role.admin, TYPES) == READS | WRITES | {ORG_ADMIN}


@pytest.mark.parametrize("role", Role)
def test_role_is_never_an_operator(role: Role) -> None:
    assert OPERATOR not in role_scopes(role, TYPES)


def test_parse_scopes_splits_at_single_spaces() -> None:
    assert parse_scopes("a:read b:write a:read") == {"a:read", "b:write"}


def test_parse_scopes_takes_empty_text_for_none() -> None:
    assert parse_scopes("") == frozenset()


def test_parse_scopes_reads_no_scope_into_another() -> None:
    assert parse_scopes("a:write") == {"a:write"}


@pytest.mark.parametrize(
    "text",
    [" ", " a", "a ", "a  b", "a\tb", "a\nb", "a\n", 'a"b', "a\\b", "é", "a\x00", "a\x7f"],
)
def test_parse_scopes_refuses_what_the_grammar_does_not_know(text: str) -> None:
    with pytest.raises(TokenMalformed):
        parse_scopes(text)
