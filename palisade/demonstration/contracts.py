"""What the organisation has agreed with its vendors."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from models.contracts import ClauseKind, ContractKind, ContractStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company
from palisade.demonstration.story import CONTRACT_LEFT, Story
from repository.reader import Row

_TITLES: Final = {
    ContractKind.MASTER: "Terms of service",
    ContractKind.DATA_PROCESSING: "Agreement on data processing",
    ContractKind.NON_DISCLOSURE: "Agreement on confidentiality",
    ContractKind.SERVICE_LEVEL: "Agreement on service levels",
}
_CLAUSES: Final = {
    ContractKind.MASTER: (
        (ClauseKind.DATA_RETURN, None, "Gives all data back within 30 days of the end."),
    ),
    ContractKind.DATA_PROCESSING: (
        (ClauseKind.GDPR_ART_28, None, "Processes on documented instructions only."),
        (ClauseKind.GDPR_ART_33, 48, "Tells of a breach of personal data without delay."),
        (ClauseKind.SUB_PROCESSORS, None, "Names sub-processors before they begin."),
    ),
    ContractKind.NON_DISCLOSURE: (
        (ClauseKind.CONFIDENTIALITY, None, "Keeps to itself what it learns, for five years."),
    ),
    ContractKind.SERVICE_LEVEL: (
        (ClauseKind.BREACH_NOTIFICATION, 24, "Tells of a breach of its own systems."),
        (ClauseKind.AUDIT_RIGHT, None, "May be audited once a year."),
        (ClauseKind.DATA_LOCATION, None, "Keeps data in the European Economic Area."),
    ),
}


def contract_rows(
    organisation: Organisation,
    companies: Sequence[Company],
    story: Story,
    *,
    vendors: Sequence[Row],
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """Terms with each vendor of a product, and an agreement on data but for those of the story.

    ``vendors`` is aligned with ``companies``.
    """
    agreed = agreed_products(companies, story)
    unagreed, _ = story.unagreed
    unsanctioned, _ = story.unsanctioned
    alarmed, _ = story.alarmed
    for company, vendor in zip(companies, vendors, strict=True):
        if not company.products:
            continue
        made = _Contracts(company, vendor["id"], vendor["created_at"] + timedelta(days=2), random)
        if company.name != unsanctioned:
            ends_on = now.date() + timedelta(days=random.randint(200, 900))
            if company.name == story.ending:
                ends_on = now.date() + CONTRACT_LEFT
                before = ends_on - timedelta(days=365)
                yield made.row(ContractKind.MASTER, ContractStatus.EXPIRED, ends_on=before)
            yield made.row(ContractKind.MASTER, ContractStatus.ACTIVE, ends_on=ends_on)
        if any(product.name in agreed for product in company.products):
            yield made.row(ContractKind.DATA_PROCESSING, ContractStatus.ACTIVE)
        if company.name == unagreed:
            yield made.row(ContractKind.DATA_PROCESSING, ContractStatus.DRAFT)
        if company.name == alarmed:
            yield made.row(ContractKind.NON_DISCLOSURE, ContractStatus.TERMINATED)
        if company.name in organisation.critical:
            yield made.row(ContractKind.SERVICE_LEVEL, ContractStatus.ACTIVE)
            yield made.row(ContractKind.NON_DISCLOSURE, ContractStatus.ACTIVE)


def clause_rows(contracts: Sequence[Row], *, random: Chance) -> Iterator[Row]:
    """What each contract settles."""
    for contract in contracts:
        for kind, hours, wording in _CLAUSES[ContractKind(contract["kind"])]:
            yield {
                "id": random.id(),
                "created_at": contract["created_at"],
                "kind": kind.value,
                "wording": wording,
                "notification_hours": hours,
                "contract_id": contract["id"],
            }


def agreed_products(companies: Sequence[Company], story: Story) -> Collection[str]:
    """The products of the companies with which there is an agreement on data processing."""
    without = {story.unagreed[0], story.unsanctioned[0]}
    return {
        product.name
        for company in companies
        for product in company.products
        if product.name not in without
    }


class _Contracts:
    """The contracts with one company."""

    def __init__(
        self, company: Company, vendor_id: UUID, signed_at: datetime, random: Chance
    ) -> None:
        self._company = company
        self._vendor_id = vendor_id
        self._signed_at = signed_at
        self._random = random

    def row(
        self, kind: ContractKind, status: ContractStatus, *, ends_on: date | None = None
    ) -> Row:
        return {
            "id": self._random.id(),
            "created_at": self._signed_at,
            "kind": kind.value,
            "title": f"{_TITLES[kind]} with {self._company.name}",
            "starts_on": self._signed_at.date(),
            "ends_on": ends_on,
            "status": status.value,
            "vendor_id": self._vendor_id,
        }
