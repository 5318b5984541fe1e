"""What data the organisation holds, and which connections move it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from palisade.demonstration.connections import OLDEST, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Subject
from repository.ids import new_id
from repository.reader import Row

FLOWS: Final = 40


def dataset_rows(
    organisation: Organisation, people: People, *, random: Random, now: datetime
) -> Iterator[Row]:
    """One row for each holding, in their order."""
    for holding in organisation.holdings:
        yield {
            "id": new_id(),
            "created_at": between(
                now - timedelta(days=1190), now - OLDEST - timedelta(days=9), random=random
            ),
            "name": holding.name,
            "description": holding.description,
            "location": holding.location,
            "record_count": holding.record_count,
            "owner_id": people.of(holding.owner)[0],
        }


def field_rows(organisation: Organisation, datasets: Sequence[Row]) -> Iterator[Row]:
    """The kinds of value; ``datasets`` is aligned with the holdings."""
    for holding, dataset in zip(organisation.holdings, datasets, strict=True):
        for value in holding.values:
            yield {
                "id": new_id(),
                "created_at": dataset["created_at"],
                "name": value.name,
                "level": value.level.name,
                "category": value.category.value,
                "dataset_id": dataset["id"],
            }


def flow_rows(
    organisation: Organisation,
    connections: Sequence[Connection],
    *,
    datasets: Mapping[Subject, UUID],
    random: Random,
) -> Iterator[Row]:
    """What the connections move; what nobody declared has no purpose."""
    unsanctioned = organisation.findings.unsanctioned
    live = [connection for connection in connections if connection.last_active_at]
    rest = [connection for connection in live if connection.key != unsanctioned]
    moving = random.sample(rest, FLOWS - 1)
    undeclared = {connection.key for connection in moving[: organisation.undeclared - 1]}
    undeclared.add(unsanctioned)
    kept = {connection.key for connection in moving} | {unsanctioned}
    for connection in live:
        if connection.key in kept and connection.last_active_at:
            declared = connection.key not in undeclared
            yield {
                "id": new_id(),
                "created_at": connection.created_at,
                "direction": connection.use.direction.value,
                "purpose": f"To {connection.use.purpose}." if declared else None,
                "declared": declared,
                "last_observed_at": between(
                    connection.last_active_at - timedelta(days=1),
                    connection.last_active_at,
                    random=random,
                ),
                "integration_id": connection.id,
                "dataset_id": datasets[connection.use.subject],
            }
