"""What data the organisation holds, what applications hold of it, and which connections move it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from models.classification import Level
from models.datasets import Impact
from models.flows import FlowStatus, LegalBasis, Transport
from models.integrations import AuthMethod
from palisade.demonstration.connections import OLDEST, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Holding, Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Direction, Subject
from repository.ids import new_id
from repository.repository import Row

MOVING: Final = 40
"""How many connections move data; one that moves it both ways is two flows."""

Copy = tuple[str, Subject]
"""What an application holds of a body of data, by the names of the two."""

_INTEGRITY: Final = {
    Subject.CODE: Impact.HIGH,
    Subject.FINANCE: Impact.HIGH,
    Subject.PEOPLE: Impact.MODERATE,
    Subject.CUSTOMERS: Impact.MODERATE,
}
_AVAILABILITY: Final = {
    Subject.CUSTOMERS: Impact.HIGH,
    Subject.CODE: Impact.MODERATE,
    Subject.FINANCE: Impact.MODERATE,
    Subject.SUPPORT: Impact.MODERATE,
}
_LEGAL_BASIS: Final = {
    Subject.PEOPLE: LegalBasis.CONTRACT,
    Subject.CUSTOMERS: LegalBasis.CONTRACT,
    Subject.SUPPORT: LegalBasis.CONTRACT,
    Subject.FINANCE: LegalBasis.LEGAL_OBLIGATION,
    Subject.TELEMETRY: LegalBasis.LEGITIMATE_INTERESTS,
    Subject.MESSAGES: LegalBasis.LEGITIMATE_INTERESTS,
}


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
            **_impact(holding),
            "model": None,
            "owner_id": people.of(holding.owner)[0],
            "application_id": None,
        }


def copy_rows(
    organisation: Organisation,
    moving: Sequence[Connection],
    *,
    datasets: Sequence[Row],
    applications: Sequence[Row],
) -> Iterator[tuple[Copy, Row]]:
    """What applications hold of the holdings; ``datasets`` is aligned with these."""
    by_name = {row["name"]: row for row in applications}
    by_subject = {
        holding.subject: (holding, row)
        for holding, row in zip(organisation.holdings, datasets, strict=True)
    }
    first = {(one.product.name, one.use.subject): one for one in reversed(moving)}
    for copy, connection in first.items():
        product, subject = copy
        holding, dataset = by_subject[subject]
        yield (
            copy,
            {
                "id": new_id(),
                "created_at": connection.created_at,
                "name": f"{holding.name} in {product}",
                "description": f"What {product} holds of it.",
                "location": connection.product.base_url,
                "record_count": None,
                **_impact(holding),
                "model": None,
                "owner_id": dataset["owner_id"],
                "application_id": by_name[product]["id"],
            },
        )


def field_rows(
    organisation: Organisation, datasets: Sequence[Row], *, copies: Mapping[Copy, Row]
) -> Iterator[Row]:
    """The kinds of value; ``datasets`` is aligned with the holdings."""
    by_subject = {holding.subject: holding for holding in organisation.holdings}
    held = [*zip(organisation.holdings, datasets, strict=True)]
    held += [(by_subject[subject], dataset) for (_, subject), dataset in copies.items()]
    for holding, dataset in held:
        for value in holding.values:
            yield {
                "id": new_id(),
                "created_at": dataset["created_at"],
                "name": value.name,
                "level": value.level.name,
                "category": value.category.value,
                "derived": False,
                "dataset_id": dataset["id"],
            }


def movers(
    organisation: Organisation, connections: Sequence[Connection], *, random: Random
) -> tuple[Connection, ...]:
    """The connections that move data: those that nobody declared come first."""
    unsanctioned = organisation.findings.unsanctioned
    live = [connection for connection in connections if connection.last_active_at]
    rest = [connection for connection in live if connection.key != unsanctioned]
    (first,) = [connection for connection in live if connection.key == unsanctioned]
    return (first, *random.sample(rest, MOVING - 1))


def flow_rows(
    organisation: Organisation,
    moving: Sequence[Connection],
    *,
    datasets: Mapping[Subject, UUID],
    copies: Mapping[Copy, Row],
    random: Random,
) -> Iterator[Row]:
    """What the connections move; what nobody declared has no purpose."""
    undeclared = {connection.id for connection in moving[: organisation.undeclared]}
    for connection in sorted(moving, key=lambda connection: connection.created_at):
        assert connection.last_active_at
        use = connection.use
        own = datasets[use.subject]
        other = copies[connection.product.name, use.subject]["id"]
        declared = connection.id not in undeclared
        mutual = use.auth_method is AuthMethod.MUTUAL_TLS
        for source, target in _ways(use.direction, own, other):
            yield {
                "id": new_id(),
                "created_at": connection.created_at,
                "purpose": f"To {use.purpose}." if declared else None,
                "legal_basis": _basis(use.subject) if declared else None,
                "transport": (Transport.MUTUAL_TLS if mutual else Transport.TLS).value,
                "status": (FlowStatus.OBSERVED if declared else FlowStatus.DIVERGENT).value,
                "last_observed_at": between(
                    connection.last_active_at - timedelta(days=1),
                    connection.last_active_at,
                    random=random,
                ),
                "source_id": source,
                "target_id": target,
                "integration_id": connection.id,
            }


def _ways(direction: Direction, own: UUID, other: UUID) -> tuple[tuple[UUID, UUID], ...]:
    match direction:
        case Direction.INBOUND:
            return ((other, own),)
        case Direction.OUTBOUND:
            return ((own, other),)
        case Direction.BOTH:
            return ((own, other), (other, own))


def _basis(subject: Subject) -> str | None:
    basis = _LEGAL_BASIS.get(subject)
    return basis.value if basis else None


def _impact(holding: Holding) -> Row:
    highest = max(value.level for value in holding.values)
    confidentiality = {Level.RESTRICTED: Impact.HIGH, Level.CONFIDENTIAL: Impact.MODERATE}
    return {
        "confidentiality": confidentiality.get(highest, Impact.LOW).value,
        "integrity": _INTEGRITY.get(holding.subject, Impact.LOW).value,
        "availability": _AVAILABILITY.get(holding.subject, Impact.LOW).value,
    }
