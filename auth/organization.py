"""The id of the organisation a request acts for."""

from dataclasses import InitVar, dataclass
from typing import Final
from uuid import UUID

_MINT: Final = object()


@dataclass(frozen=True, slots=True)
class OrgId:
    """An organisation's id that somebody entitled has vouched for; made only by `mint_org_id`."""

    value: UUID
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("an OrgId is minted from verified claims, never constructed")

    def __str__(self) -> str:
        return str(self.value)


def mint_org_id(value: UUID) -> OrgId:
    """The OrgId of an organisation that the caller knows to exist.

    Entitled to call this: verified claims (`auth.tokens`), and in the repository
    (`repository.database`) `Database.organisations(reason=...)`, `Database.organisation(slug,
    reason=...)` and provisioning. A test lists them by name.
    """
    if not isinstance(value, UUID):
        raise TypeError("an OrgId is minted from a UUID")
    return OrgId(value, _MINT)
