"""Which products an organisation has connected, for what, since when and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from models.integrations import IntegrationStatus
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company, Product, Use
from repository.ids import new_id

INTEGRATIONS: Final = 50
# Events are told from so far back; whatever is more than a proposal was connected before.
TOLD: Final = timedelta(days=60)
OLDEST: Final = timedelta(days=900)
KEY_LIFE: Final = timedelta(days=365)
_KEY_AGE: Final = timedelta(days=330)
_EXPIRED: Final = timedelta(days=12)
_ROTATED_EARLY: Final = 0.3

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Connection:
    """One integration. ``last_active_at`` is empty for a proposal.

    ``rotated_at`` is when its key was replaced, ``expired_at`` when its only key ended.
    """

    id: UUID
    product: Product
    use: Use
    status: IntegrationStatus
    created_at: datetime
    last_active_at: datetime | None
    rotated_at: datetime | None
    expired_at: datetime | None

    @property
    def name(self) -> str:
        """The integration's name."""
        return f"{self.product.name} \N{EN DASH} {self.use.title}"

    @property
    def key(self) -> Key:
        """How an organisation's findings name it."""
        return self.product.name, self.use.title


def connect(
    organisation: Organisation, companies: Sequence[Company], *, random: Random, now: datetime
) -> tuple[Connection, ...]:
    """The organisation's integrations, oldest first; at least one for each product."""
    chosen = _choose(organisation, companies, random=random)
    statuses = _statuses(organisation, list(chosen), random=random)
    since = {
        key: between(now - OLDEST, now - TOLD - timedelta(days=1), random=random)
        if status is not IntegrationStatus.PROPOSED
        else between(now - timedelta(days=20), now - timedelta(days=1), random=random)
        for key, status in statuses.items()
    }
    made = []
    for key in sorted(since, key=since.__getitem__):
        product, use = chosen[key]
        expired_at = now - _EXPIRED if key == organisation.findings.expired else None
        last_active_at = expired_at or _last_active_at(statuses[key], random=random, now=now)
        rotated_at: datetime | None = None
        if last_active_at and not expired_at:
            rotated_at = _rotated_at(since[key], last_active_at, random=random, now=now)
        connection = Connection(
            id=new_id(),
            product=product,
            use=use,
            status=statuses[key],
            created_at=since[key],
            last_active_at=last_active_at,
            rotated_at=rotated_at,
            expired_at=expired_at,
        )
        made.append(connection)
    return tuple(made)


def _choose(
    organisation: Organisation, companies: Sequence[Company], *, random: Random
) -> dict[Key, tuple[Product, Use]]:
    offered = {
        (product.name, use.title): (product, use)
        for company in companies
        for product in company.products
        for use in product.uses
    }
    keys = dict.fromkeys(organisation.findings.integrations)
    told = {name for name, _ in keys}
    for company in companies:
        for product in company.products:
            if product.name not in told:
                keys[product.name, random.choice(product.uses).title] = None
    rest = [key for key in offered if key not in keys]
    keys.update(dict.fromkeys(random.sample(rest, INTEGRATIONS - len(keys))))
    return {key: offered[key] for key in offered if key in keys}


def _statuses(
    organisation: Organisation, keys: Sequence[Key], *, random: Random
) -> Mapping[Key, IntegrationStatus]:
    findings = organisation.findings
    statuses = dict.fromkeys(keys, IntegrationStatus.ACTIVE)
    statuses[findings.forgotten] = IntegrationStatus.RETIRED
    statuses[findings.alarmed] = IntegrationStatus.SUSPENDED
    changes = [IntegrationStatus.RETIRED] * (organisation.retired - 1)
    changes += [IntegrationStatus.SUSPENDED] * (organisation.suspended - 1)
    changes += [IntegrationStatus.PROPOSED] * organisation.proposed
    free = [key for key in keys if key not in findings.integrations]
    statuses.update(zip(random.sample(free, len(changes)), changes, strict=True))
    return statuses


def _rotated_at(
    created_at: datetime, last_active_at: datetime, *, random: Random, now: datetime
) -> datetime | None:
    if created_at > now - _KEY_AGE and random.random() > _ROTATED_EARLY:
        return None
    earliest = max(created_at + timedelta(hours=1), now - _KEY_AGE)
    return between(earliest, last_active_at, random=random)


def _last_active_at(status: IntegrationStatus, *, random: Random, now: datetime) -> datetime | None:
    match status:
        case IntegrationStatus.PROPOSED | IntegrationStatus.ASSESSED | IntegrationStatus.APPROVED:
            return None
        case IntegrationStatus.ACTIVE:
            return between(now - timedelta(hours=40), now, random=random)
        case IntegrationStatus.SUSPENDED | IntegrationStatus.QUARANTINED:
            return between(now - timedelta(days=20), now - timedelta(days=3), random=random)
        case IntegrationStatus.RETIRED:
            return between(now - timedelta(days=45), now - timedelta(days=30), random=random)
