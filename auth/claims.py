"""What a verified token says about the caller."""

from dataclasses import dataclass

from auth.organization import OrgId
from auth.scopes import OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """A verified caller. `org_id` is None for an operator's token, and for no other one."""

    subject: str
    issuer: str
    client_id: str | None
    org_id: OrgId | None
    scopes: frozenset[str]
    token_id: str | None
    issued_at: int | None
    """Seconds since 1970, rounded down; `expires_at` likewise."""
    expires_at: int

    def __post_init__(self) -> None:
        if (self.org_id is None) != (OPERATOR in self.scopes):
            raise ValueError("claims have either an organisation or the operator scope")

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes
