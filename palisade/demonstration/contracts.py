"""What the organisation has agreed with its vendors."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Final

from models.contracts import ClauseKind, ContractKind, ContractStatus
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Company
from repository.ids import new_id
from repository.repository import Row

_CLAUSES: Final = (
    (ClauseKind.GDPR_ART_28, None, "Processes on documented instructions only."),
    (ClauseKind.SUB_PROCESSORS, None, "Names sub-processors before they begin."),
    (ClauseKind.BREACH_NOTIFICATION, 48, "Tells of a breach without delay."),
)


def contract_rows(
    organisation: Organisation, companies: Sequence[Company], *, vendors: Sequence[Row]
) -> Iterator[Row]:
    """An agreement on data processing with each vendor, but for the one that nobody approved.

    ``vendors`` is aligned with ``companies``.
    """
    agreed = agreed_products(organisation, companies)
    for company, vendor in zip(companies, vendors, strict=True):
        if any(product.name in agreed for product in company.products):
            signed_at = vendor["created_at"] + timedelta(days=2)
            yield {
                "id": new_id(),
                "created_at": signed_at,
                "kind": ContractKind.DATA_PROCESSING.value,
                "title": f"Agreement on data processing with {company.name}",
                "starts_on": signed_at.date(),
                "ends_on": None,
                "status": ContractStatus.ACTIVE.value,
                "vendor_id": vendor["id"],
            }


def clause_rows(contracts: Sequence[Row]) -> Iterator[Row]:
    """What each agreement settles."""
    for contract in contracts:
        for kind, hours, wording in _CLAUSES:
            yield {
                "id": new_id(),
                "created_at": contract["created_at"],
                "kind": kind.value,
                "wording": wording,
                "notification_hours": hours,
                "contract_id": contract["id"],
            }


def agreed_products(organisation: Organisation, companies: Sequence[Company]) -> Collection[str]:
    """The products of the companies with which there is an agreement."""
    unsanctioned, _ = organisation.findings.unsanctioned
    return {
        product.name
        for company in companies
        if unsanctioned not in {one.name for one in company.products}
        for product in company.products
    }
