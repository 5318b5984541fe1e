"""Which products an organisation has connected, for what, since when and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.integrations import IntegrationStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company, Product, Use
from palisade.demonstration.story import KEY_AGE, Key, Story

INTEGRATIONS: Final = 50
"""How many there are to products that exist; those of the story come on top."""

# Events are told from so far back; whatever is more than a proposal was connected before.
TOLD: Final = timedelta(days=60)
OLDEST: Final = timedelta(days=900)
KEY_LIFE: Final = timedelta(days=365)
# Keys in good order are younger than 90 days, as rules for shared secrets ask.
_FRESH: Final = timedelta(days=80)
_EXPIRED: Final = timedelta(days=12)
_ROTATED_EARLY: Final = 0.3
_NOT_CONNECTED: Final = frozenset(
    {IntegrationStatus.PROPOSED, IntegrationStatus.ASSESSED, IntegrationStatus.APPROVED}
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One integration. ``last_active_at`` is empty for one that was never active.

    ``rotated_at`` is when its key was replaced, ``expired_at`` when its only key ended. ``site``
    tells it from the same connection elsewhere in the organisation.
    """

    id: UUID
    product: Product
    use: Use
    site: str | None
    status: IntegrationStatus
    created_at: datetime
    last_active_at: datetime | None
    rotated_at: datetime | None
    expired_at: datetime | None

    @property
    def name(self) -> str:
        """The integration's name."""
        name = f"{self.product.name} \N{EN DASH} {self.use.title}"
        return f"{name}, {self.site}" if self.site else name

    @property
    def key(self) -> Key | None:
        """How the story names it, which is not told of further sites."""
        return None if self.site else (self.product.name, self.use.title)


def connect(
    organisation: Organisation,
    companies: Sequence[Company],
    story: Story,
    *,
    random: Chance,
    now: datetime,
) -> tuple[Connection, ...]:
    """The organisation's integrations, oldest first; at least one for each product."""
    chosen = _choose(companies, random=random)
    statuses = _statuses(organisation, list(chosen), random=random)
    told = _uses(story.companies)
    statuses |= dict.fromkeys(told, IntegrationStatus.ACTIVE)
    statuses[story.forgotten] = IntegrationStatus.RETIRED
    statuses[story.alarmed] = IntegrationStatus.QUARANTINED
    statuses[story.unassessed] = IntegrationStatus.PROPOSED
    since = {key: _since(status, random=random, now=now) for key, status in statuses.items()}
    since[story.static] = now - KEY_AGE
    since[story.dormant] = now - KEY_AGE
    chosen |= told
    made = []
    for key in sorted(since, key=since.__getitem__):
        expired_at = now - _EXPIRED if key == story.expired else None
        made.append(
            _connection(
                chosen[key],
                statuses[key],
                since=since[key],
                expired_at=expired_at,
                keeps_key=key == story.static,
                random=random,
                now=now,
            )
        )
    return tuple(made)


def connect_site(
    companies: Sequence[Company], site: str, *, random: Chance, now: datetime
) -> tuple[Connection, ...]:
    """The integrations of a further site, oldest first, all of them active."""
    status = IntegrationStatus.ACTIVE
    chosen = _choose(companies, random=random)
    since = {key: _since(status, random=random, now=now) for key in chosen}
    return tuple(
        _connection(chosen[key], status, since=since[key], site=site, random=random, now=now)
        for key in sorted(since, key=since.__getitem__)
    )


def _connection(
    chosen: tuple[Product, Use],
    status: IntegrationStatus,
    *,
    since: datetime,
    random: Chance,
    now: datetime,
    site: str | None = None,
    expired_at: datetime | None = None,
    keeps_key: bool = False,
) -> Connection:
    last_active_at = expired_at or _last_active_at(status, random=random, now=now)
    rotated_at: datetime | None = None
    if last_active_at and not expired_at and not keeps_key:
        rotated_at = _rotated_at(since, last_active_at, random=random, now=now)
    product, use = chosen
    return Connection(
        id=random.id(),
        product=product,
        use=use,
        site=site,
        status=status,
        created_at=since,
        last_active_at=last_active_at,
        rotated_at=rotated_at,
        expired_at=expired_at,
    )


def _uses(companies: Iterable[Company]) -> dict[Key, tuple[Product, Use]]:
    return {
        (product.name, use.title): (product, use)
        for company in companies
        for product in company.products
        for use in product.uses
    }


def _choose(companies: Sequence[Company], *, random: Chance) -> dict[Key, tuple[Product, Use]]:
    offered = _uses(companies)
    keys = {
        (product.name, random.choice(product.uses).title): None
        for company in companies
        for product in company.products
    }
    rest = [key for key in offered if key not in keys]
    keys.update(dict.fromkeys(random.sample(rest, INTEGRATIONS - len(keys))))
    return {key: offered[key] for key in offered if key in keys}


def _statuses(
    organisation: Organisation, keys: Sequence[Key], *, random: Chance
) -> dict[Key, IntegrationStatus]:
    statuses = dict.fromkeys(keys, IntegrationStatus.ACTIVE)
    changes = [IntegrationStatus.RETIRED] * organisation.retired
    changes += [IntegrationStatus.SUSPENDED] * organisation.suspended
    changes += [IntegrationStatus.PROPOSED] * organisation.proposed
    changes += [IntegrationStatus.ASSESSED, IntegrationStatus.APPROVED]
    statuses.update(zip(random.sample(keys, len(changes)), changes, strict=True))
    return statuses


def _since(status: IntegrationStatus, *, random: Chance, now: datetime) -> datetime:
    if status in _NOT_CONNECTED:
        return between(now - timedelta(days=20), now - timedelta(days=5), random=random)
    return between(now - OLDEST, now - TOLD - timedelta(days=1), random=random)


def _rotated_at(
    created_at: datetime, last_active_at: datetime, *, random: Chance, now: datetime
) -> datetime | None:
    if created_at > now - _FRESH and random.random() > _ROTATED_EARLY:
        return None
    earliest = max(created_at + timedelta(hours=1), now - _FRESH)
    return between(earliest, last_active_at, random=random)


def _last_active_at(status: IntegrationStatus, *, random: Chance, now: datetime) -> datetime | None:
    match status:
        case IntegrationStatus.PROPOSED | IntegrationStatus.ASSESSED | IntegrationStatus.APPROVED:
            return None
        case IntegrationStatus.ACTIVE:
            return between(now - timedelta(hours=40), now, random=random)
        case IntegrationStatus.SUSPENDED | IntegrationStatus.QUARANTINED:
            return between(now - timedelta(days=20), now - timedelta(days=3), random=random)
        case IntegrationStatus.RETIRED:
            return between(now - timedelta(days=45), now - timedelta(days=30), random=random)
