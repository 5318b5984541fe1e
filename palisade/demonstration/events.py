"""What the connections did, and what was done to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.events import EventClass
from models.people import UserStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import TOLD, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Holding, Organisation
from palisade.demonstration.products import Direction, Subject
from palisade.demonstration.story import Story
from repository.reader import Row

EVENTS: Final = 420
_PERSONAL: Final = 2
_EACH: Final = 4
# RFC 5737 keeps these networks for documentation; anomalies come from the ones not one's own.
_NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")


@dataclass(frozen=True, slots=True)
class _Told:
    """What an event says, apart from when and from where."""

    event_class: EventClass
    severity: int
    summary: str
    details: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    told: _Told
    connection: Connection | None = None
    user_id: UUID | None = None


def event_rows(
    organisation: Organisation,
    connections: Sequence[Connection],
    story: Story,
    *,
    users: Sequence[Row],
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """The organisation's events, oldest first. No summary names a person or an address."""
    live = [connection for connection in connections if connection.last_active_at]
    holdings = {holding.subject: holding for holding in organisation.holdings}
    events = [
        *_rotations(live, since=now - TOLD),
        *_told(live, story, holdings=holdings, random=random, now=now),
        *_of_people(users, random=random, now=now),
    ]
    busy = [connection for connection in live for _ in range(_EACH)]
    busy += random.choices(live, k=max(0, EVENTS - len(events) - len(busy)))
    for connection in busy:
        assert connection.last_active_at
        at = between(now - TOLD, connection.last_active_at, random=random)
        told = _ordinary(
            organisation,
            connection,
            story,
            holding=holdings[connection.use.subject],
            random=random,
        )
        events.append(_Event(at, told, connection))
    # Each connection calls from one address, whatever it is called for.
    hosts = {connection.id: random.randint(2, 250) for connection in live}
    for event in sorted(events, key=lambda event: event.at):
        host = hosts[event.connection.id] if event.connection else None
        yield {
            "id": random.id(),
            "created_at": event.at,
            "event_class": event.told.event_class.value,
            "severity": event.told.severity,
            "at": event.at,
            "summary": event.told.summary,
            "source_address": _address(organisation, event.told, host=host, random=random),
            "details": event.told.details,
            "integration_id": event.connection.id if event.connection else None,
            "user_id": event.user_id,
        }


def _rotations(live: Sequence[Connection], *, since: datetime) -> Iterator[_Event]:
    for connection in live:
        if connection.rotated_at and connection.rotated_at > since:
            told = _Told(
                EventClass.ACCOUNT_CHANGE,
                1,
                f"The key of {connection.product.name} for {connection.use.title} was replaced.",
            )
            yield _Event(connection.rotated_at, told, connection)


def _told(
    live: Sequence[Connection],
    story: Story,
    *,
    holdings: Mapping[Subject, Holding],
    random: Chance,
    now: datetime,
) -> Iterator[_Event]:
    by_key = {connection.key: connection for connection in live}
    if story.expired not in by_key:  # A further site: the story isn't told of it.
        return
    expired = by_key[story.expired]
    assert expired.expired_at
    refused = _Told(
        EventClass.AUTHENTICATION,
        3,
        f"{expired.product.name} asked for a token for {expired.use.title} "
        "with a key that has expired.",
        {"error": "invalid_client"},
    )
    for day in range((now - expired.expired_at).days):
        yield _Event(expired.expired_at + timedelta(days=day, minutes=7), refused, expired)

    unsanctioned = by_key[story.unsanctioned]
    assert unsanctioned.last_active_at
    for day in (9, 5, 1):
        told = _taken(unsanctioned, holdings[unsanctioned.use.subject], severity=4, random=random)
        yield _Event(unsanctioned.last_active_at - timedelta(days=day), told, unsanctioned)

    alarmed = by_key[story.alarmed]
    assert alarmed.last_active_at
    told = _taken(alarmed, holdings[alarmed.use.subject], severity=5, random=random)
    yield _Event(alarmed.last_active_at - timedelta(minutes=14), told, alarmed)
    told = _Told(
        EventClass.DETECTION_FINDING,
        5,
        f"{alarmed.product.name} used the key for {alarmed.use.title} from two networks at once.",
        {"signal": "concurrent_networks"},
    )
    yield _Event(alarmed.last_active_at, told, alarmed)


def _of_people(users: Sequence[Row], *, random: Chance, now: datetime) -> Iterator[_Event]:
    signed_in = _Told(EventClass.AUTHENTICATION, 1, "A person signed in.", {"method": "SAML"})
    added = _Told(EventClass.ENTITY_MANAGEMENT, 1, "A person was put into a group.")
    stopped = _Told(EventClass.ACCOUNT_CHANGE, 2, "A person was stopped from signing in.")
    for user in users:
        if user["status"] == UserStatus.SUSPENDED:
            yield _Event(now - timedelta(days=44), stopped, user_id=user["id"])
        if user["status"] != UserStatus.ACTIVE:
            continue
        for _ in range(_PERSONAL):
            at = between(now - timedelta(days=30), user["last_seen_at"], random=random)
            yield _Event(at, signed_in, user_id=user["id"])
        at = between(now - TOLD, now - timedelta(days=30), random=random)
        yield _Event(at, added, user_id=user["id"])


def _ordinary(
    organisation: Organisation,
    connection: Connection,
    story: Story,
    *,
    holding: Holding,
    random: Chance,
) -> _Told:
    weights = {_login: 24, _token: 26, _limited: 10, _scope: 4, _reached: 6}
    if connection.product.name in story.names:
        # Of a product that exists, nothing suspicious is told.
        weights |= {_refused: 4 * organisation.unrest, _anomaly: 2 * organisation.unrest}
    if connection.use.direction is not Direction.INBOUND:
        weights[_exported] = 16
    (tell,) = random.choices(list(weights), list(weights.values()))
    return tell(connection, holding, random=random)


def _login(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    return _Told(
        EventClass.AUTHENTICATION,
        1,
        f"{connection.product.name} signed in for {connection.use.title}.",
        {"method": connection.use.auth_method.value},
    )


def _token(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    return _Told(
        EventClass.AUTHORIZE_SESSION,
        1,
        f"{connection.product.name} was given an access token for {connection.use.title}.",
        {"expires_in": 3600, "scope": " ".join(connection.use.scopes)},
    )


def _limited(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    seconds = random.choice((10, 30, 60, 120))
    return _Told(
        EventClass.API_ACTIVITY,
        2,
        f"{connection.product.name} called too often for {connection.use.title} "
        f"and had to wait {seconds} seconds.",
        {"status": 429, "retry_after": seconds},
    )


def _scope(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    scope = random.choice(connection.use.scopes)
    return _Told(
        EventClass.USER_ACCESS,
        random.choice((2, 2, 3)),
        f"{connection.product.name} asked again for the scope {scope} for {connection.use.title}.",
        {"scope": scope},
    )


def _reached(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    event_class = random.choice((EventClass.NETWORK_ACTIVITY, EventClass.WEB_RESOURCES_ACTIVITY))
    return _Told(
        event_class, 1, f"{connection.product.name} was reached for {connection.use.title}."
    )


def _refused(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    error, severity, because = random.choice(_REFUSALS)
    return _Told(
        EventClass.AUTHENTICATION,
        severity,
        f"{connection.product.name} was refused a token for {connection.use.title}: {because}.",
        {"error": error},
    )


def _exported(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    records = random.randint(1, max(2, min(holding.record_count // 50, 20_000)))
    return _export(connection, holding, records=records, severity=1 if records < 5_000 else 2)


def _taken(connection: Connection, holding: Holding, *, severity: int, random: Chance) -> _Told:
    records = int(holding.record_count * random.uniform(0.6, 0.95))
    return _export(connection, holding, records=records, severity=severity)


def _export(connection: Connection, holding: Holding, *, records: int, severity: int) -> _Told:
    return _Told(
        EventClass.DATASTORE_ACTIVITY,
        severity,
        f"{connection.product.name} took {records:,} records of the dataset {holding.name} "
        f"for {connection.use.title}.",
        {"dataset": holding.name, "records": records},
    )


def _anomaly(connection: Connection, holding: Holding, *, random: Chance) -> _Told:
    signal, severity, what = random.choice(_SIGNALS)
    return _Told(
        EventClass.DETECTION_FINDING,
        severity,
        f"{connection.product.name} {what} for {connection.use.title}.",
        {"signal": signal},
    )


def _address(
    organisation: Organisation, told: _Told, *, host: int | None, random: Chance
) -> str | None:
    match told.event_class:
        case EventClass.ACCOUNT_CHANGE | EventClass.ENTITY_MANAGEMENT:
            return None
        case EventClass.DETECTION_FINDING:
            foreign = [network for network in _NETWORKS if network != organisation.network]
            return f"{random.choice(foreign)}.{random.randint(2, 250)}"
        case _:
            return f"{organisation.network}.{host or random.randint(2, 250)}"


# Error codes of RFC 6749, 5.2.
_REFUSALS: Final = (
    ("invalid_grant", 2, "its refresh token had ended"),
    ("invalid_client", 3, "its key was not known"),
    ("invalid_scope", 3, "it asked for a scope that it was not given"),
)
_SIGNALS: Final = (
    ("new_network", 3, "signed in from a network it had not used before"),
    ("unusual_hour", 3, "was active at an hour at which it never was before"),
    ("unusual_volume", 4, "moved far more data than on other days"),
    ("unknown_client", 0, "called with a client that nobody has described"),
)
