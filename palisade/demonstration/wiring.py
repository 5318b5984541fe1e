"""What connections bring with them: keys, permissions, assessments, copies, flows and events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import cycle
from typing import Final
from uuid import UUID

from models.assessments import Answer, Assessment
from models.base import Model
from models.datasets import DataField, Dataset
from models.events import SecurityEvent
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import AuthMethod, Credential, Integration
from palisade.demonstration.access import credential_rows
from palisade.demonstration.assessments import answer_rows, assessment_rows
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import Connection
from palisade.demonstration.contracts import agreed_products
from palisade.demonstration.datasets import copy_rows, field_rows, flow_rows
from palisade.demonstration.events import event_rows
from palisade.demonstration.grants import Permissions
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.people import People
from palisade.demonstration.products import Company, Subject
from palisade.demonstration.story import Story
from repository.reader import Row

_CALLS_AS_A_CLIENT: Final = frozenset(
    {AuthMethod.OAUTH2_CLIENT_CREDENTIALS, AuthMethod.PRIVATE_KEY_JWT, AuthMethod.MUTUAL_TLS}
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What is there to be connected; ``vendors`` is aligned with ``companies``."""

    organisation: Organisation
    story: Story
    people: People
    companies: Sequence[Company]
    vendors: Sequence[Row]
    applications: Sequence[Row]
    datasets: Sequence[Row]
    questionnaires: tuple[Row, Row]
    questions: Sequence[Row]
    now: datetime

    @property
    def own(self) -> dict[Subject, UUID]:
        """The organisation's own datasets by what they are about."""
        return {
            holding.subject: row["id"]
            for holding, row in zip(self.organisation.holdings, self.datasets, strict=True)
        }

    def rows(
        self, connections: Sequence[Connection], *, users: Sequence[Row], random: Chance
    ) -> dict[type[Model], tuple[Row, ...]]:
        """The rows of these connections; ``users`` are people who do something as well."""
        organisation, story, now = self.organisation, self.story, self.now
        moving = [connection for connection in connections if connection.last_active_at]
        first = not any(connection.site for connection in connections)
        copies = dict(
            copy_rows(
                organisation,
                moving,
                datasets=self.datasets,
                applications=self.applications,
                random=random,
            )
        )
        permissions = Permissions(
            organisation,
            story,
            agreed_products(self.companies, story),
            self.people.of("Security"),
            self.own,
        )
        assessments = tuple(
            assessment_rows(
                organisation,
                connections,
                story,
                vendors=self._vendors_by_product(),
                questionnaires=self.questionnaires,
                assessors=self.people.of("Security"),
                random=random,
                now=now,
            )
        )
        return {
            Integration: tuple(self._integration_rows(connections)),
            Credential: tuple(
                credential_rows(organisation.slug, connections, story, random=random)
            ),
            Assessment: assessments,
            Answer: tuple(answer_rows(assessments, questions=self.questions, random=random)),
            Dataset: tuple(copies.values()),
            DataField: tuple(
                field_rows(
                    organisation,
                    story,
                    datasets=self.datasets if first else (),
                    copies=copies,
                    random=random,
                )
            ),
            Grant: tuple(permissions.rows(connections, random=random)),
            DataFlow: tuple(
                flow_rows(moving, story, datasets=self.own, copies=copies, random=random)
            ),
            SecurityEvent: tuple(
                event_rows(organisation, connections, story, users=users, random=random, now=now)
            ),
        }

    def _vendors_by_product(self) -> dict[str, Row]:
        return {
            product.name: vendor
            for company, vendor in zip(self.companies, self.vendors, strict=True)
            for product in company.products
        }

    def _integration_rows(self, connections: Sequence[Connection]) -> Iterator[Row]:
        slug, story = self.organisation.slug, self.story
        by_name = {row["name"]: row for row in self.applications}
        turns = {subject: cycle(self.people.owners(subject)) for subject in Subject}
        for connection in connections:
            application = by_name[connection.product.name]
            unapproved = connection.key == story.unsanctioned
            owner_id = next(turns[connection.use.subject])
            if connection.key == story.orphaned:
                owner_id = self.people.departed
            yield {
                "id": connection.id,
                "created_at": connection.created_at,
                "name": connection.name,
                "purpose": None if unapproved else f"To {connection.use.purpose}.",
                "status": connection.status.value,
                "auth_method": connection.use.auth_method.value,
                "base_url": connection.product.base_url,
                "scopes": list(connection.use.scopes),
                "client_id": _client_id(slug, connection),
                "last_sync_at": connection.last_active_at,
                "vendor_id": application["vendor_id"],
                "application_id": application["id"],
                "owner_id": None if unapproved else owner_id,
            }


def _client_id(slug: str, connection: Connection) -> str | None:
    if connection.use.auth_method not in _CALLS_AS_A_CLIENT:
        return None
    return sha256(f"{slug}/{connection.name}".encode()).hexdigest()[:20]
