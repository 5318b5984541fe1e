"""What connections and applications were permitted, and by whom."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.classification import Category, Level
from models.grants import GrantStatus
from models.integrations import IntegrationStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Holding, Organisation
from palisade.demonstration.products import Subject
from palisade.demonstration.story import DORMANT, MAIL_GIVERS, Story
from repository.reader import Row

_MOST_GRANTS: Final = 4
# Longer than the oldest connection has been, so that no grant has ended.
_LIMIT: Final = timedelta(days=1095)
_STOPPED: Final = frozenset({IntegrationStatus.RETIRED, IntegrationStatus.QUARANTINED})
# Of the OpenID Connect core, which every sign-on asks for; and what opens somebody's mail.
_SIGN_ON_SCOPES: Final = ("openid", "profile")
_MAIL_SCOPES: Final = ("Mail.Read", "Mail.Send")


@dataclass(frozen=True, slots=True)
class Permissions:
    """What decides on permissions: ``agreed`` are the products that may process personal data."""

    organisation: Organisation
    story: Story
    agreed: Collection[str]
    reviewers: Sequence[UUID]
    datasets: Mapping[Subject, UUID]

    def rows(self, connections: Sequence[Connection], *, random: Chance) -> Iterator[Row]:
        """What each connection was permitted."""
        for connection in connections:
            scopes = connection.use.scopes[:_MOST_GRANTS]
            for scope in scopes:
                yield self._row(connection, scope, last=scope == scopes[-1], random=random)

    def _row(self, connection: Connection, scope: str, *, last: bool, random: Chance) -> Row:
        story = self.story
        unapproved = connection.key == story.unsanctioned
        unused = connection.key == story.unused and last
        dormant = connection.key == story.dormant and last
        stands_out = connection.key is not None and connection.product.name in story.names
        revoked = connection.status in _STOPPED or (
            len(connection.use.scopes) > 1 and not stands_out and random.random() < 0.06
        )
        granted_at = between(
            connection.created_at, connection.created_at + timedelta(hours=20), random=random
        )
        last_used_at = _last_used_at(connection, granted_at, revoked=revoked, random=random)
        if dormant and last_used_at:
            last_used_at -= DORMANT
        limited = random.random() < 0.15
        return {
            "id": random.id(),
            "created_at": granted_at,
            "scope": scope,
            "clearance": self._clearance(connection).name,
            "categories": self._categories(connection),
            "status": (GrantStatus.REVOKED if revoked else GrantStatus.ACTIVE).value,
            "reason": None if unapproved else f"To {connection.use.purpose}.",
            "granted_at": granted_at,
            "expires_at": granted_at + _LIMIT if limited else None,
            "last_used_at": None if unused else last_used_at,
            "integration_id": connection.id,
            "application_id": None,
            "user_id": None,
            "granted_by_id": None if unapproved else random.choice(self.reviewers),
            "dataset_id": None
            if connection.key == story.static
            else self.datasets[connection.use.subject],
        }

    def _holding(self, connection: Connection) -> Holding:
        (found,) = [
            one for one in self.organisation.holdings if one.subject is connection.use.subject
        ]
        return found

    def _clearance(self, connection: Connection) -> Level:
        """As far as the values go, but for those that stay in the organisation."""
        if connection.key in (self.story.restricted, self.story.static):
            return Level.RESTRICTED
        if connection.last_active_at is None:
            return Level.INTERNAL
        return min(
            Level.CONFIDENTIAL, max(value.level for value in self._holding(connection).values)
        )

    def _categories(self, connection: Connection) -> list[str]:
        """Nothing yet for what was never active."""
        if connection.last_active_at is None:
            return []
        agreed = connection.product.name in self.agreed
        found = {value.category for value in self._holding(connection).values}
        return sorted(one.value for one in found if agreed or one is not Category.PERSONAL)


def consent_rows(
    story: Story,
    *,
    users: Sequence[Row],
    applications: Sequence[Row],
    mail: UUID,
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """What people agreed to for applications, as an identity provider lists it.

    ``mail`` is the dataset in which their messages lie.
    """
    (shadow,) = [row for row in applications if row["name"] == story.shadow]
    allowed = [row for row in applications if row["sanction"] == "SANCTIONED"]
    present = [row for row in users if row["status"] == "ACTIVE"]
    for user in present:
        application = random.choice(allowed)
        for scope in _SIGN_ON_SCOPES:
            yield _consent(application, user, scope, dataset_id=None, random=random, now=now)
    for number, user in enumerate(random.sample(present, MAIL_GIVERS)):
        for scope in _MAIL_SCOPES[: 1 + number % 2]:
            yield _consent(shadow, user, scope, dataset_id=mail, random=random, now=now)


def _consent(
    application: Row,
    user: Row,
    scope: str,
    *,
    dataset_id: UUID | None,
    random: Chance,
    now: datetime,
) -> Row:
    granted_at = between(now - timedelta(days=80), now - timedelta(days=4), random=random)
    return {
        "id": random.id(),
        "created_at": granted_at,
        "scope": scope,
        "clearance": (Level.CONFIDENTIAL if dataset_id else Level.INTERNAL).name,
        "categories": [Category.PERSONAL.value],
        "status": GrantStatus.ACTIVE.value,
        "reason": None,
        "granted_at": granted_at,
        "expires_at": None,
        "last_used_at": between(now - timedelta(days=3), now, random=random),
        "integration_id": None,
        "application_id": application["id"],
        "user_id": user["id"],
        "granted_by_id": user["id"],
        "dataset_id": dataset_id,
    }


def _last_used_at(
    connection: Connection, granted_at: datetime, *, revoked: bool, random: Chance
) -> datetime | None:
    if connection.last_active_at is None:
        return None
    earliest = granted_at if revoked else connection.last_active_at - timedelta(days=4)
    return between(earliest, connection.last_active_at, random=random)
