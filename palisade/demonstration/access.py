"""By which keys the connections get in."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from models.integrations import AuthMethod, CredentialKind, CredentialStatus, IntegrationStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import KEY_LIFE, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.story import Story
from repository.reader import Row

_KINDS: Final = {
    AuthMethod.OAUTH2_AUTHORIZATION_CODE: CredentialKind.CLIENT_SECRET,
    AuthMethod.OAUTH2_CLIENT_CREDENTIALS: CredentialKind.CLIENT_SECRET,
    AuthMethod.PRIVATE_KEY_JWT: CredentialKind.PUBLIC_KEY,
    AuthMethod.MUTUAL_TLS: CredentialKind.CERTIFICATE,
    AuthMethod.SAML: CredentialKind.CERTIFICATE,
    AuthMethod.API_KEY: CredentialKind.API_KEY,
    AuthMethod.WEBHOOK_SECRET: CredentialKind.SIGNING_SECRET,
}
_STOPPED: Final = frozenset({IntegrationStatus.RETIRED, IntegrationStatus.QUARANTINED})


def credential_rows(
    slug: str, connections: Sequence[Connection], story: Story, *, random: Chance
) -> Iterator[Row]:
    """The key of each connection, after the one it replaced."""
    for connection in connections:
        ended = connection.status in _STOPPED and connection.key != story.forgotten
        keys = [(_issued_at(connection), ended)]
        if connection.rotated_at:
            keys.insert(0, (connection.created_at, True))
        for number, (issued_at, revoked) in enumerate(keys):
            replaced = number < len(keys) - 1
            last_used_at = connection.last_active_at
            if replaced and connection.rotated_at:
                last_used_at = between(
                    max(issued_at, connection.rotated_at - timedelta(days=1)),
                    connection.rotated_at,
                    random=random,
                )
            endless = connection.key == story.static
            yield {
                "id": random.id(),
                "created_at": issued_at,
                "kind": _KINDS[connection.use.auth_method].value,
                "thumbprint": sha256(f"{slug}/{connection.name}/{number}".encode()).hexdigest(),
                "status": _status(connection, revoked=revoked).value,
                "issued_at": issued_at,
                "not_after": connection.expired_at or (None if endless else issued_at + KEY_LIFE),
                "rotated_at": connection.rotated_at if replaced else None,
                "last_used_at": last_used_at,
                "integration_id": connection.id,
            }


def _status(connection: Connection, *, revoked: bool) -> CredentialStatus:
    if revoked:
        return CredentialStatus.REVOKED
    if connection.last_active_at is None:
        return CredentialStatus.PENDING
    return CredentialStatus.ACTIVE


def _issued_at(connection: Connection) -> datetime:
    if connection.expired_at:
        return max(connection.created_at, connection.expired_at - KEY_LIFE)
    return connection.rotated_at or connection.created_at
