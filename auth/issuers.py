"""Whose tokens are trusted, and how far."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, get_args

from auth.errors import IssuerConfigurationError
from auth.jwk import ALGORITHMS
from auth.keys import KeySource

MAX_LEEWAY: Final = timedelta(seconds=60)
MAX_NAME_CHARACTERS: Final = 255

OrgIds = Literal["internal", "external"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """A platform issuer: configured by the operator, trusted to name any organisation.

    It is the only kind there is: an issuer that an organisation registered may name only that
    organisation, and must not be configured as one of these.

    name: the exact value of `iss`.
    audience: the value that `aud` is or contains.
    token_type: the header's `typ`, with or without "application/"; None leaves it unchecked, and
        then an ID token of the same audience passes for an access token.
    org_claim, roles_claim, scope_claim: paths into nested claims.
    org_ids: "internal" for ids of our own, "external" for ids the directory translates.
    leeway: how far the issuer's clock may be off, 60 s at most.

    Raises: IssuerConfigurationError.
    """

    name: str
    audience: str
    keys: KeySource
    algorithms: frozenset[str] = ALGORITHMS
    token_type: str | None = "at+jwt"
    org_claim: tuple[str, ...] = ("org_id",)
    org_ids: OrgIds = "internal"
    leeway: timedelta = timedelta(seconds=30)
    roles_claim: tuple[str, ...] = ("roles",)
    scope_claim: tuple[str, ...] = ("scope",)

    def __post_init__(self) -> None:
        _check_text("issuer", self.name)
        _check_text("audience", self.audience)
        _check_algorithms(self.algorithms)
        if self.token_type is not None:
            _check_text("token_type", self.token_type)
        _check_path("org_claim", self.org_claim)
        _check_path("roles_claim", self.roles_claim)
        _check_path("scope_claim", self.scope_claim)
        if self.org_ids not in get_args(OrgIds):
            raise IssuerConfigurationError("org_ids", 'must be "internal" or "external"')
        if not timedelta(0) <= self.leeway <= MAX_LEEWAY:
            raise IssuerConfigurationError("leeway", "must be from 0 to 60 seconds")

    def accepts_type(self, token_type: object) -> bool:
        """Whether a header's `typ` is the expected one. Source: RFC 9068 section 2.1."""
        if self.token_type is None:
            return True
        if not isinstance(token_type, str):
            return False
        expected = self.token_type.lower()
        return token_type.lower() in (expected, f"application/{expected}")


def _check_text(setting: str, value: str) -> None:
    # No space: "<issuer> <external id>" is a key of the directory.
    if not value.isprintable() or " " in value or not 1 <= len(value) <= MAX_NAME_CHARACTERS:
        raise IssuerConfigurationError(setting, "must be 1 to 255 characters without spaces")


def _check_algorithms(algorithms: frozenset[str]) -> None:
    if not algorithms or not algorithms <= ALGORITHMS:
        accepted = ", ".join(sorted(ALGORITHMS))
        raise IssuerConfigurationError("algorithms", f"must be one or more of {accepted}")


def _check_path(setting: str, path: tuple[str, ...]) -> None:
    # A plain string would be a path of its letters.
    if not isinstance(path, tuple) or not path or not all(path):
        raise IssuerConfigurationError(setting, "must be a tuple of claim names")
