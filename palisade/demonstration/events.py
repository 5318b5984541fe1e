"""What the connections did, and what was done to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from models.datasets import FlowDirection
from models.events import SecurityEventKind
from palisade.demonstration.connections import TOLD, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Subject
from repository.repository import Row, new_id

EVENTS: Final = 400
_EACH: Final = 5
# RFC 5737 keeps these networks for documentation; anomalies come from the ones not one's own.
_NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")


@dataclass(frozen=True, slots=True)
class _Told:
    """What an event says, apart from when and from where."""

    kind: SecurityEventKind
    severity: int
    summary: str
    details: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    connection: Connection
    told: _Told


def event_rows(
    organisation: Organisation,
    connections: Sequence[Connection],
    *,
    random: Random,
    now: datetime,
) -> Iterator[Row]:
    """The organisation's events, oldest first. No summary names a person or an address."""
    live = [connection for connection in connections if connection.last_active_at]
    datasets = {holding.subject: holding.name for holding in organisation.holdings}
    events = [
        *_rotations(live, now),
        *_findings(organisation, live, datasets, random=random, now=now),
    ]
    busy = [connection for connection in live for _ in range(_EACH)]
    busy += random.choices(live, k=EVENTS - len(events) - len(busy))
    for connection in busy:
        assert connection.last_active_at
        at = between(now - TOLD, connection.last_active_at, random=random)
        told = _ordinary(organisation, connection, datasets[connection.use.subject], random)
        events.append(_Event(at, connection, told))
    # Each connection calls from one address, whatever it is called for.
    hosts = {connection.id: random.randint(2, 250) for connection in live}
    for event in sorted(events, key=lambda event: event.at):
        yield {
            "id": new_id(),
            "created_at": event.at,
            "kind": event.told.kind.value,
            "severity": event.told.severity,
            "at": event.at,
            "summary": event.told.summary,
            "source_address": _address(
                organisation, event.told, hosts[event.connection.id], random
            ),
            "details": event.told.details,
            "integration_id": event.connection.id,
        }


def _rotations(live: Sequence[Connection], now: datetime) -> Iterator[_Event]:
    for connection in live:
        if connection.rotated_at and connection.rotated_at > now - TOLD:
            told = _Told(
                SecurityEventKind.CREDENTIAL_ROTATED,
                1,
                f"The key of {connection.product.name} for {connection.use.title} was replaced.",
            )
            yield _Event(connection.rotated_at, connection, told)


def _findings(
    organisation: Organisation,
    live: Sequence[Connection],
    datasets: Mapping[Subject, str],
    *,
    random: Random,
    now: datetime,
) -> Iterator[_Event]:
    by_key = {connection.key: connection for connection in live}
    expired = by_key[organisation.findings.expired]
    assert expired.expired_at
    refused = _Told(
        SecurityEventKind.TOKEN_REFUSED,
        3,
        f"{expired.product.name} asked for a token for {expired.use.title} "
        "with a key that has expired.",
        {"error": "invalid_client"},
    )
    for day in range((now - expired.expired_at).days):
        yield _Event(expired.expired_at + timedelta(days=day, minutes=7), expired, refused)

    unsanctioned = by_key[organisation.findings.unsanctioned]
    assert unsanctioned.last_active_at
    for day in (9, 5, 1):
        told = _exported(unsanctioned, datasets, random.randint(120_000, 400_000), severity=4)
        yield _Event(unsanctioned.last_active_at - timedelta(days=day), unsanctioned, told)

    alarmed = by_key[organisation.findings.alarmed]
    assert alarmed.last_active_at
    told = _exported(alarmed, datasets, random.randint(700_000, 900_000), severity=5)
    yield _Event(alarmed.last_active_at - timedelta(minutes=14), alarmed, told)
    told = _Told(
        SecurityEventKind.ANOMALY,
        5,
        f"{alarmed.product.name} used the key for {alarmed.use.title} from two networks at once.",
        {"signal": "concurrent_networks"},
    )
    yield _Event(alarmed.last_active_at, alarmed, told)


def _exported(
    connection: Connection, datasets: Mapping[Subject, str], records: int, *, severity: int
) -> _Told:
    dataset = datasets[connection.use.subject]
    return _Told(
        SecurityEventKind.DATA_EXPORTED,
        severity,
        f"{connection.product.name} took {records:,} records out of {dataset!r}"
        f" for {connection.use.title}.",
        {"dataset": dataset, "records": records},
    )
