"""What data the organisation holds, what applications hold of it, and which connections move it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.classification import Level
from models.datasets import Impact
from models.flows import FlowStatus, LegalBasis, Transport
from models.integrations import AuthMethod
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import OLDEST, Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Holding, Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Direction, Subject
from palisade.demonstration.story import Story
from repository.reader import Row

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
    Subject.DOCUMENTS: LegalBasis.LEGITIMATE_INTERESTS,
    Subject.MESSAGES: LegalBasis.LEGITIMATE_INTERESTS,
}


def dataset_rows(
    organisation: Organisation, people: People, *, random: Chance, now: datetime
) -> Iterator[Row]:
    """One row for each holding, in their order."""
    for holding in organisation.holdings:
        yield {
            "id": random.id(),
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
    random: Chance,
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
        name = f"{holding.name} in {product}"
        yield (
            copy,
            {
                "id": random.id(),
                "created_at": connection.created_at,
                "name": f"{name}, {connection.site}" if connection.site else name,
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
    organisation: Organisation,
    story: Story,
    *,
    datasets: Sequence[Row],
    copies: Mapping[Copy, Row],
    random: Chance,
) -> Iterator[Row]:
    """The kinds of value; ``datasets`` is aligned with the holdings, or empty.

    Restricted values stay in the organisation, but for those of one vendor of the story.
    """
    by_subject = {holding.subject: holding for holding in organisation.holdings}
    held = [
        (holding.values, dataset)
        for holding, dataset in zip(organisation.holdings, datasets, strict=False)
    ]
    for (product, subject), dataset in copies.items():
        values = by_subject[subject].values
        if product != story.restricted[0]:
            values = tuple(value for value in values if value.level is not Level.RESTRICTED)
        held.append((values, dataset))
    for values, dataset in held:
        for value in values:
            yield {
                "id": random.id(),
                "created_at": dataset["created_at"],
                "name": value.name,
                "level": value.level.name,
                "category": value.category.value,
                "derived": False,
                "dataset_id": dataset["id"],
            }


def flow_rows(
    moving: Sequence[Connection],
    story: Story,
    *,
    datasets: Mapping[Subject, UUID],
    copies: Mapping[Copy, Row],
    random: Chance,
) -> Iterator[Row]:
    """What the connections move; what nobody declared has no purpose."""
    for connection in moving:
        assert connection.last_active_at
        use = connection.use
        own = datasets[use.subject]
        other = copies[connection.product.name, use.subject]["id"]
        declared = connection.key != story.unsanctioned
        for number, (source, target) in enumerate(_ways(use.direction, own, other)):
            # Of two ways, one is as it was declared.
            diverges = connection.key == story.divergent and number == 0
            status = FlowStatus.OBSERVED if declared and not diverges else FlowStatus.DIVERGENT
            yield {
                "id": random.id(),
                "created_at": connection.created_at,
                "purpose": f"To {use.purpose}." if declared else None,
                "legal_basis": _basis(use.subject) if declared else None,
                "transport": _transport(connection, story).value,
                "status": status.value,
                "last_observed_at": between(
                    connection.last_active_at - timedelta(days=1),
                    connection.last_active_at,
                    random=random,
                ),
                "source_id": source,
                "target_id": target,
                "integration_id": connection.id,
            }


def _transport(connection: Connection, story: Story) -> Transport:
    if connection.key == story.plaintext:
        return Transport.PLAINTEXT
    if connection.use.auth_method is AuthMethod.MUTUAL_TLS:
        return Transport.MUTUAL_TLS
    return Transport.TLS


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
