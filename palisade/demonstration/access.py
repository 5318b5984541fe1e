"""By which keys the connections get in, and what they were permitted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final
from uuid import UUID

from models.classification import Category, Level
from models.grants import GrantStatus
from models.integrations import AuthMethod, CredentialKind, CredentialStatus, IntegrationStatus
from palisade.demonstration.connections import KEY_LIFE, Connection, Key
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Holding, Organisation
from palisade.demonstration.products import Subject
from repository.ids import new_id
from repository.repository import Row

_MOST_GRANTS: Final = 4
# Longer than the oldest connection has been, so that no grant has ended.
_LIMIT: Final = timedelta(days=1095)
_KINDS: Final = {
    AuthMethod.OAUTH2_AUTHORIZATION_CODE: CredentialKind.CLIENT_SECRET,
    AuthMethod.OAUTH2_CLIENT_CREDENTIALS: CredentialKind.CLIENT_SECRET,
    AuthMethod.PRIVATE_KEY_JWT: CredentialKind.PUBLIC_KEY,
    AuthMethod.MUTUAL_TLS: CredentialKind.CERTIFICATE,
    AuthMethod.SAML: CredentialKind.CERTIFICATE,
    AuthMethod.API_KEY: CredentialKind.API_KEY,
    AuthMethod.WEBHOOK_SECRET: CredentialKind.SIGNING_SECRET,
}
_ENDLESS: Final = frozenset({AuthMethod.API_KEY, AuthMethod.WEBHOOK_SECRET})


def credential_rows(
    slug: str, connections: Sequence[Connection], *, forgotten: Key, random: Random
) -> Iterator[Row]:
    """The key of each connection, after the one it replaced."""
    for connection in connections:
        ended = connection.status is IntegrationStatus.RETIRED and connection.key != forgotten
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
            endless = connection.use.auth_method in _ENDLESS
            yield {
                "id": new_id(),
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


def grant_rows(
    organisation: Organisation,
    connections: Sequence[Connection],
    *,
    agreed: Collection[str],
    reviewers: Sequence[UUID],
    datasets: Mapping[Subject, UUID],
    random: Random,
) -> Iterator[Row]:
    """What each connection was permitted; ``reviewers`` are the people who give permissions.

    ``agreed`` are the products on whose use of personal data there is an agreement.
    """
    findings = organisation.findings
    holdings = {holding.subject: holding for holding in organisation.holdings}
    for connection in connections:
        unapproved = connection.key == findings.unsanctioned
        scopes = connection.use.scopes[:_MOST_GRANTS]
        for scope in scopes:
            unused = connection.key == findings.unused and scope == scopes[-1]
            revoked = connection.status is IntegrationStatus.RETIRED or (
                len(scopes) > 1 and not unused and not unapproved and random.random() < 0.06
            )
            granted_at = between(
                connection.created_at, connection.created_at + timedelta(hours=20), random=random
            )
            limited = random.random() < 0.15
            holding = holdings[connection.use.subject]
            personal = connection.product.name in agreed
            yield {
                "id": new_id(),
                "created_at": granted_at,
                "scope": scope,
                "clearance": _clearance(holding).name,
                "categories": [] if unapproved else _categories(holding, personal=personal),
                "status": (GrantStatus.REVOKED if revoked else GrantStatus.ACTIVE).value,
                "reason": None if unapproved else f"To {connection.use.purpose}.",
                "granted_at": granted_at,
                "expires_at": granted_at + _LIMIT if limited else None,
                "last_used_at": None
                if unused
                else _last_used_at(connection, granted_at, revoked=revoked, random=random),
                "integration_id": connection.id,
                "application_id": None,
                "user_id": None,
                "granted_by_id": None if unapproved else random.choice(reviewers),
                "dataset_id": datasets[connection.use.subject] if random.random() < 0.8 else None,
            }


def _status(connection: Connection, *, revoked: bool) -> CredentialStatus:
    if revoked:
        return CredentialStatus.REVOKED
    if connection.last_active_at is None:
        return CredentialStatus.PENDING
    return CredentialStatus.ACTIVE


def _clearance(holding: Holding) -> Level:
    """As far as the values go, but for those that stay in the organisation."""
    return min(Level.CONFIDENTIAL, max(value.level for value in holding.values))


def _categories(holding: Holding, *, personal: bool) -> list[str]:
    found = {value.category for value in holding.values}
    return sorted(one.value for one in found if personal or one is not Category.PERSONAL)


def _issued_at(connection: Connection) -> datetime:
    if connection.expired_at:
        return max(connection.created_at, connection.expired_at - KEY_LIFE)
    return connection.rotated_at or connection.created_at


def _last_used_at(
    connection: Connection, granted_at: datetime, *, revoked: bool, random: Random
) -> datetime | None:
    if connection.last_active_at is None:
        return None
    earliest = granted_at if revoked else connection.last_active_at - timedelta(days=4)
    return between(earliest, connection.last_active_at, random=random)
