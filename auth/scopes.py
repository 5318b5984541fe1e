"""What a token allows: scopes, and the roles that stand for sets of them.

`<type>:read` and `<type>:write` allow one GraphQL type, its first letter in lower case:
`saasApplication:read`. `<type>:all` frees from the row rules of the type. `org:admin` allows
running the organisation itself, and `operator:organizations` creating organisations. No scope
implies another one.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from auth.errors import TokenMalformed

ORG_ADMIN: Final = "org:admin"
OPERATOR: Final = "operator:organizations"

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


class Role(StrEnum):
    """A named set of scopes within one organisation."""

    viewer = "viewer"
    editor = "editor"
    admin = "admin"


def read_scope(type_name: str) -> str:
    """The scope that allows reading a GraphQL type."""
    return f"{_lower_first(type_name)}:read"


def write_scope(type_name: str) -> str:
    """The scope that allows writing a GraphQL type."""
    return f"{_lower_first(type_name)}:write"


def role_scopes(role: Role, types: Collection[str]) -> frozenset[str]:
    """The scopes a role stands for, given the names of the GraphQL types there are."""
    scopes = {read_scope(name) for name in types}
    if role in (Role.editor, Role.admin):
        scopes |= {write_scope(name) for name in types}
    if role is Role.admin:
        scopes.add(ORG_ADMIN)
    return frozenset(scopes)


def parse_scopes(text: str) -> frozenset[str]:
    """The scope tokens of a scope claim, separated by single spaces.

    Empty text is no scopes: the grammar asks for at least one, but issuers send it.
    Raises: TokenMalformed.
    Source: RFC 6749 section 3.3.
    """
    if not text:
        return frozenset()
    tokens = text.split(" ")
    if not all(_SCOPE_TOKEN.fullmatch(token) for token in tokens):
        raise TokenMalformed
    return frozenset(tokens)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
