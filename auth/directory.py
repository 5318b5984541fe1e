"""Where an organisation is found before anything of it may be read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from models.organization import OrganizationStatus


class DirectoryKind(StrEnum):
    """What an organisation is looked up by."""

    id = "id"
    """Key: the organisation's own id as canonical text; answered when it exists."""

    slug = "slug"
    """Key: the organisation's short name."""

    external = "external"
    """Key: "<issuer> <external id>", the id that a foreign issuer knows it by."""


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """An organisation that was found, and whether it is served."""

    org_id: UUID
    status: OrganizationStatus


class Directory(Protocol):
    """The one look-up that crosses organisations: an exact key in, one id out, never a list."""

    async def find_entry(self, kind: DirectoryKind, key: str) -> DirectoryEntry | None:
        """The organisation with exactly this key; None if there is none."""
        ...
