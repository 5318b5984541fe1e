"""Everything one organisation has, as rows that refer to each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from types import MappingProxyType
from typing import Final

from models.applications import SaasApplication
from models.base import Model
from models.contracts import Clause, Contract
from models.datasets import DataField, Dataset
from models.events import SecurityEvent
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import AuthMethod, Credential, Integration
from models.people import Group, Membership, User
from models.vendors import Vendor
from palisade.demonstration.access import credential_rows, grant_rows
from palisade.demonstration.connections import Connection, connect
from palisade.demonstration.contracts import agreed_products, clause_rows, contract_rows
from palisade.demonstration.datasets import (
    copy_rows,
    dataset_rows,
    field_rows,
    flow_rows,
    movers,
)
from palisade.demonstration.events import event_rows
from palisade.demonstration.organisations import ACME, GLOBEX, Organisation
from palisade.demonstration.people import People, group_rows, membership_rows, user_rows
from palisade.demonstration.products import COMPANIES
from palisade.demonstration.vendors import application_rows, vendor_rows
from repository.repository import Row

ORGANISATIONS: Final[Mapping[str, Organisation]] = MappingProxyType(
    {"acme": ACME, "globex": GLOBEX}
)

_CALLS_AS_A_CLIENT: Final = frozenset(
    {AuthMethod.OAUTH2_CLIENT_CREDENTIALS, AuthMethod.PRIVATE_KEY_JWT, AuthMethod.MUTUAL_TLS}
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Rows by model, in an order in which each refers only to rows before it."""

    slug: str
    rows: Mapping[type[Model], tuple[Row, ...]]


class NoDemonstration(Exception):
    """There is no demonstration organisation of this name."""


def inventory(slug: str, *, now: datetime) -> Inventory:
    """What the organisation has at ``now``, an aware moment: but for ids, always the same.

    Raises: NoDemonstration.
    """
    if slug not in ORGANISATIONS:
        raise NoDemonstration(slug)
    organisation = ORGANISATIONS[slug]
    random = Random(slug)  # noqa: S311  repeatable, nothing secret
    now = now.replace(microsecond=0)
    companies = [company for company in COMPANIES if company.name in organisation.companies]
    connections = connect(organisation, companies, random=random, now=now)

    users = tuple(user_rows(slug, organisation, random=random, now=now))
    people = People(organisation, users)
    groups = tuple(group_rows(organisation, now=now))
    vendors = tuple(vendor_rows(organisation, companies, random=random, now=now))
    contracts = tuple(contract_rows(organisation, companies, vendors=vendors))
    applications = tuple(
        application_rows(
            slug, organisation, companies, vendors=vendors, people=people, random=random
        )
    )
    datasets = tuple(dataset_rows(organisation, people, random=random, now=now))
    by_subject = {
        holding.subject: row["id"]
        for holding, row in zip(organisation.holdings, datasets, strict=True)
    }
    moving = movers(organisation, connections, random=random)
    copies = dict(copy_rows(organisation, moving, datasets=datasets, applications=applications))
    rows: dict[type[Model], Iterable[Row]] = {
        User: users,
        Group: groups,
        Membership: membership_rows(organisation, users=users, groups=groups),
        Vendor: vendors,
        Contract: contracts,
        Clause: clause_rows(contracts),
        SaasApplication: applications,
        Integration: _integration_rows(
            slug, organisation, connections, applications=applications, people=people
        ),
        Credential: credential_rows(
            slug, connections, forgotten=organisation.findings.forgotten, random=random
        ),
        Dataset: (*datasets, *copies.values()),
        DataField: field_rows(organisation, datasets, copies=copies),
        Grant: grant_rows(
            organisation,
            connections,
            agreed=agreed_products(organisation, companies),
            reviewers=people.of("Security"),
            datasets=by_subject,
            random=random,
        ),
        DataFlow: flow_rows(
            organisation, moving, datasets=by_subject, copies=copies, random=random
        ),
        SecurityEvent: event_rows(organisation, connections, random=random, now=now),
    }
    return Inventory(slug, MappingProxyType({model: tuple(made) for model, made in rows.items()}))


def _integration_rows(
    slug: str,
    organisation: Organisation,
    connections: Sequence[Connection],
    *,
    applications: Sequence[Row],
    people: People,
) -> Iterator[Row]:
    by_name = {row["name"]: row for row in applications}
    for connection in connections:
        application = by_name[connection.product.name]
        unapproved = connection.key == organisation.findings.unsanctioned
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
            "owner_id": None if unapproved else people.next_owner(connection.use.subject),
        }


def _client_id(slug: str, connection: Connection) -> str | None:
    if connection.use.auth_method not in _CALLS_AS_A_CLIENT:
        return None
    return sha256(f"{slug}/{connection.name}".encode()).hexdigest()[:20]
