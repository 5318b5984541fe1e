"""For each rule of the posture: records that break it, and neighbours that don't."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from models.applications import SaasApplication
from models.assessments import Assessment
from models.attestations import Attestation
from models.base import Model
from models.contracts import Clause, Contract
from models.datasets import Dataset
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.penetration import PenetrationFinding
from models.people import User
from models.vendors import Vendor
from tests.planting import Planter, ago, day

Plant = Callable[[Planter], Awaitable[UUID]]


@dataclass(frozen=True)
class Case:
    """``breaks`` plants records that meet the condition, ``keeps`` such that must not."""

    breaks: tuple[Plant, ...]
    keeps: tuple[Plant, ...]


def of(model: type[Model], **values: Any) -> Plant:
    """A record with these values; a value that plants another record becomes its id."""

    async def plant(plants: Planter) -> UUID:
        made = {
            name: await value(plants) if getattr(value, "plants", False) else value
            for name, value in values.items()
        }
        return await plants.id(model, **made)

    plant.plants = True  # type: ignore[attr-defined]
    return plant


def data(*kinds: tuple[str, str], **values: Any) -> Plant:
    """A dataset with fields of these categories and levels."""

    async def plant(plants: Planter) -> UUID:
        made = {
            name: await value(plants) if getattr(value, "plants", False) else value
            for name, value in values.items()
        }
        return await plants.dataset(*kinds, **made)

    plant.plants = True  # type: ignore[attr-defined]
    return plant


def with_(record: Plant, model: type[Model], key: str, **values: Any) -> Plant:
    """A record, and another one that refers to it."""

    async def plant(plants: Planter) -> UUID:
        id = await record(plants)
        await of(model, **{key: id}, **values)(plants)
        return id

    plant.plants = True  # type: ignore[attr-defined]
    return plant


PERSONAL: Final = data(("PERSONAL", "INTERNAL"))
BUSINESS: Final = data(("BUSINESS", "INTERNAL"))
RESTRICTED: Final = data(("BUSINESS", "RESTRICTED"))
SUSPENDED: Final = of(User, status="SUSPENDED")
OWNER: Final = of(User)
SHADOW: Final = of(SaasApplication, sanction="UNSANCTIONED")
AGREED: Final = with_(of(Vendor), Contract, "vendor_id", kind="DATA_PROCESSING")
SHARED: Final = {"kind": "API_KEY"}
FINE: Final = of(Integration, owner_id=OWNER, base_url="https://api.example.test")


def moving(source: Plant, **values: Any) -> Plant:
    """An integration that moves data of a dataset."""
    return with_(of(Integration, **values), DataFlow, "integration_id", source_id=source)


def grant(**values: Any) -> Plant:
    return of(Grant, **{"integration_id": of(Integration), **values})


def assessed(**values: Any) -> Plant:
    return with_(of(Integration), Assessment, "integration_id", **values)


CASES: Final[Mapping[str, Case]] = {
    "static-credential-old": Case(
        (
            of(Credential, kind="API_KEY", issued_at=ago(days=91)),
            of(Credential, kind="SIGNING_SECRET", issued_at=ago(days=200)),
            of(Credential, kind="CLIENT_SECRET", issued_at=ago(days=91)),
        ),
        (
            of(Credential, kind="API_KEY", issued_at=ago(days=89)),
            of(Credential, kind="CERTIFICATE", issued_at=ago(days=200)),
            of(Credential, kind="API_KEY", issued_at=ago(days=200), status="REVOKED"),
        ),
    ),
    "credential-never-rotated": Case(
        (of(Credential, issued_at=ago(days=366)),),
        (
            of(Credential, issued_at=ago(days=364)),
            of(Credential, issued_at=ago(days=366), rotated_at=ago(days=1)),
            of(Credential, issued_at=ago(days=366), status="PENDING"),
        ),
    ),
    "credential-past-its-end": Case(
        (
            of(Credential, not_after=ago(minutes=1)),
            of(Credential, not_after=ago(days=9), status="RETIRING"),
        ),
        (
            of(Credential, not_after=ago(days=-1)),
            of(Credential, not_after=ago(days=1), status="REVOKED"),
            of(Credential, not_after=None),
        ),
    ),
    "credential-without-end": Case(
        (of(Credential, not_after=None),),
        (of(Credential), of(Credential, not_after=None, status="REVOKED")),
    ),
    "credential-unused": Case(
        (
            of(Credential, last_used_at=ago(days=91)),
            of(Credential, last_used_at=None, issued_at=ago(days=91)),
        ),
        (
            of(Credential, last_used_at=ago(days=89)),
            of(Credential, last_used_at=None, issued_at=ago(days=89)),
            of(Credential, issued_at=ago(days=200)),
            of(Credential, last_used_at=ago(days=91), status="REVOKED"),
        ),
    ),
    "credential-replaced": Case(
        (
            of(Credential, rotated_at=ago(days=31)),
            of(Credential, rotated_at=ago(days=31), status="RETIRING"),
        ),
        (
            of(Credential, rotated_at=ago(days=29)),
            of(Credential, rotated_at=ago(days=31), status="REVOKED"),
            of(Credential),
        ),
    ),
    "credential-of-stopped-integration": Case(
        (
            of(Credential, integration_id=of(Integration, status="RETIRED")),
            of(Credential, integration_id=of(Integration, status="QUARANTINED")),
            of(Credential, integration_id=of(Integration, status="RETIRED"), status="RETIRING"),
        ),
        (
            of(Credential, integration_id=of(Integration, status="SUSPENDED")),
            of(Credential, integration_id=of(Integration, status="RETIRED"), status="REVOKED"),
        ),
    ),
    "integration-over-plaintext": Case(
        (of(Integration, base_url="http://api.example.test"),),
        (
            of(Integration, base_url="https://api.example.test"),
            of(Integration, base_url=None),
            of(Integration, base_url="http://api.example.test", status="RETIRED"),
        ),
    ),
    "integration-without-owner": Case(
        (of(Integration, owner_id=None),),
        (FINE, of(Integration, owner_id=None, status="RETIRED")),
    ),
    "integration-without-purpose": Case(
        (of(Integration, purpose=None),),
        (FINE, of(Integration, purpose=None, status="RETIRED")),
    ),
    "integration-of-suspended-owner": Case(
        (of(Integration, owner_id=SUSPENDED),),
        (FINE, of(Integration), of(Integration, owner_id=SUSPENDED, status="SUSPENDED")),
    ),
    "integration-without-assessment": Case(
        (
            of(Integration),
            assessed(valid_until=ago(days=1)),
            assessed(status="SUBMITTED"),
        ),
        (assessed(), assessed(valid_until=ago(days=-1)), of(Integration, status="APPROVED")),
    ),
    "integration-of-unsanctioned-application": Case(
        (of(Integration, application_id=SHADOW),),
        (
            of(Integration, application_id=of(SaasApplication, sanction="TOLERATED")),
            of(Integration, application_id=SHADOW, status="QUARANTINED"),
            of(Integration),
        ),
    ),
    "integration-idle": Case(
        (of(Integration, last_sync_at=ago(days=91)),),
        (
            of(Integration, last_sync_at=ago(days=89)),
            of(Integration, last_sync_at=ago(days=91), status="SUSPENDED"),
        ),
    ),
    "restricted-data-behind-shared-secret": Case(
        (
            moving(RESTRICTED, auth_method="API_KEY"),
            moving(RESTRICTED, auth_method="WEBHOOK_SECRET"),
        ),
        (
            moving(RESTRICTED, auth_method="MUTUAL_TLS"),
            moving(BUSINESS, auth_method="API_KEY"),
            moving(RESTRICTED, auth_method="API_KEY", status="RETIRED"),
        ),
    ),
    "unsanctioned-application-with-grants": Case(
        (with_(SHADOW, Grant, "application_id"),),
        (
            SHADOW,
            with_(SHADOW, Grant, "application_id", status="REVOKED"),
            with_(of(SaasApplication), Grant, "application_id"),
        ),
    ),
    "application-without-owner": Case(
        (of(SaasApplication), of(SaasApplication, sanction="TOLERATED")),
        (of(SaasApplication, owner_id=OWNER), SHADOW),
    ),
    "flow-over-plaintext": Case(
        (of(DataFlow, transport="PLAINTEXT"),),
        (of(DataFlow, transport="SFTP"),),
    ),
    "personal-flow-without-legal-basis": Case(
        (of(DataFlow, source_id=PERSONAL),),
        (of(DataFlow, source_id=PERSONAL, legal_basis="CONSENT"), of(DataFlow, source_id=BUSINESS)),
    ),
    "personal-flow-without-agreement": Case(
        (
            of(DataFlow, source_id=PERSONAL, integration_id=of(Integration)),
            of(
                DataFlow,
                source_id=PERSONAL,
                target_id=data(application_id=of(SaasApplication, vendor_id=of(Vendor))),
            ),
            of(
                DataFlow,
                source_id=PERSONAL,
                integration_id=of(
                    Integration,
                    vendor_id=with_(of(Vendor), Contract, "vendor_id", kind="MASTER"),
                ),
            ),
            of(
                DataFlow,
                source_id=PERSONAL,
                integration_id=of(
                    Integration,
                    vendor_id=with_(
                        of(Vendor),
                        Contract,
                        "vendor_id",
                        kind="DATA_PROCESSING",
                        status="TERMINATED",
                    ),
                ),
            ),
        ),
        (
            of(
                DataFlow,
                source_id=PERSONAL,
                integration_id=of(Integration, vendor_id=AGREED),
                target_id=data(application_id=of(SaasApplication, vendor_id=AGREED)),
            ),
            of(DataFlow, source_id=BUSINESS, integration_id=of(Integration)),
            of(DataFlow, source_id=PERSONAL),
        ),
    ),
    "flow-divergent": Case(
        (of(DataFlow, status="DIVERGENT"),),
        (of(DataFlow, status="OBSERVED"),),
    ),
    "flow-undeclared": Case(
        (of(DataFlow, purpose=None, last_observed_at=ago(days=1)),),
        (of(DataFlow, last_observed_at=ago(days=1)), of(DataFlow, purpose=None)),
    ),
    "flow-to-unsanctioned-application": Case(
        (of(DataFlow, target_id=data(application_id=SHADOW)),),
        (
            of(DataFlow, target_id=data(application_id=of(SaasApplication))),
            of(DataFlow, source_id=data(application_id=SHADOW)),
        ),
    ),
    "confidential-dataset-without-owner": Case(
        (of(Dataset, confidentiality="HIGH"),),
        (of(Dataset, confidentiality="HIGH", owner_id=OWNER), of(Dataset)),
    ),
    "dataset-of-suspended-owner": Case(
        (of(Dataset, owner_id=SUSPENDED),), (of(Dataset, owner_id=OWNER), of(Dataset))
    ),
    "dataset-unclassified": Case((of(Dataset),), (BUSINESS,)),
    "dataset-underrated": Case(
        (RESTRICTED,),
        (data(("BUSINESS", "RESTRICTED"), confidentiality="MODERATE"), BUSINESS),
    ),
    "vendor-soc2-expired": Case(
        (
            with_(of(Vendor), Attestation, "vendor_id", kind="SOC2_TYPE2", valid_until=day(-1)),
            with_(
                with_(of(Vendor), Attestation, "vendor_id", kind="SOC2_TYPE1", valid_until=day(-1)),
                Attestation,
                "vendor_id",
                kind="ISO27001",
            ),
        ),
        (
            with_(of(Vendor), Attestation, "vendor_id", kind="SOC2_TYPE2", valid_until=day(0)),
            with_(
                with_(of(Vendor), Attestation, "vendor_id", kind="SOC2_TYPE1", valid_until=day(-1)),
                Attestation,
                "vendor_id",
                kind="SOC2_TYPE2",
            ),
            with_(
                with_(of(Vendor), Attestation, "vendor_id", kind="SOC2_TYPE2", valid_until=day(-1)),
                Attestation,
                "vendor_id",
                kind="SOC2_TYPE1",
            ),
            with_(of(Vendor), Attestation, "vendor_id", kind="ISO27001", valid_until=day(-1)),
            of(Vendor),
        ),
    ),
    "vendor-attestations-expired": Case(
        (with_(of(Vendor), Attestation, "vendor_id", valid_until=day(-1)),),
        (
            with_(
                with_(of(Vendor), Attestation, "vendor_id", valid_until=day(-1)),
                Attestation,
                "vendor_id",
                valid_until=day(0),
            ),
            of(Vendor),
        ),
    ),
    "critical-vendor-without-attestation": Case(
        (of(Vendor, tier="CRITICAL"),),
        (
            with_(of(Vendor, tier="CRITICAL"), Attestation, "vendor_id", valid_until=day(-1)),
            of(Vendor, tier="HIGH"),
        ),
    ),
    "risky-vendor-connected": Case(
        (with_(of(Vendor, risk_score=80), Integration, "vendor_id"),),
        (
            with_(of(Vendor, risk_score=79), Integration, "vendor_id"),
            with_(of(Vendor, risk_score=90), Integration, "vendor_id", status="SUSPENDED"),
            with_(of(Vendor), Integration, "vendor_id"),
        ),
    ),
    "contract-about-to-end": Case(
        (of(Contract, ends_on=day(0)), of(Contract, ends_on=day(59))),
        (
            of(Contract, ends_on=day(-1)),
            of(Contract, ends_on=day(60)),
            of(Contract, ends_on=day(5), status="DRAFT"),
            of(Contract),
        ),
    ),
    "contract-past-its-end": Case(
        (of(Contract, ends_on=day(-1)),),
        (of(Contract, ends_on=day(0)), of(Contract, ends_on=day(-1), status="EXPIRED")),
    ),
    "agreement-without-notification": Case(
        (
            of(Contract, kind="DATA_PROCESSING"),
            with_(of(Contract, kind="DATA_PROCESSING"), Clause, "contract_id", kind="AUDIT_RIGHT"),
        ),
        (
            with_(of(Contract, kind="DATA_PROCESSING"), Clause, "contract_id"),
            of(Contract, kind="MASTER"),
            of(Contract, kind="DATA_PROCESSING", status="DRAFT"),
        ),
    ),
    "critical-penetration-finding-overdue": Case(
        (of(PenetrationFinding, cvss="9.0", due_on=day(-1)),),
        (
            of(PenetrationFinding, cvss="9.0", due_on=day(0)),
            of(PenetrationFinding, cvss="8.9", due_on=day(-1)),
            of(PenetrationFinding, cvss="9.0", due_on=day(-1), status="FIXED"),
        ),
    ),
    "penetration-finding-overdue": Case(
        (of(PenetrationFinding, cvss="8.9", due_on=day(-1)),),
        (
            of(PenetrationFinding, cvss="9.0", due_on=day(-1)),
            of(PenetrationFinding, due_on=day(0)),
            of(PenetrationFinding, due_on=day(-1), status="ACCEPTED"),
        ),
    ),
    "grant-dormant": Case(
        (grant(last_used_at=ago(days=91)),),
        (
            grant(last_used_at=ago(days=89)),
            grant(last_used_at=None),
            grant(last_used_at=ago(days=91), status="REVOKED"),
        ),
    ),
    "grant-never-used": Case(
        (grant(last_used_at=None, granted_at=ago(days=31)),),
        (
            grant(last_used_at=None, granted_at=ago(days=29)),
            grant(last_used_at=ago(days=1), granted_at=ago(days=31)),
            grant(last_used_at=None, granted_at=ago(days=31), status="REVOKED"),
        ),
    ),
    "grant-wider-than-flows": Case(
        (
            grant(clearance="RESTRICTED", integration_id=moving(BUSINESS)),
            grant(clearance="CONFIDENTIAL", integration_id=moving(BUSINESS)),
            grant(clearance="RESTRICTED"),
            grant(categories=["FINANCIAL"], integration_id=moving(BUSINESS)),
            grant(categories=["SECURITY"], integration_id=moving(BUSINESS)),
            grant(categories=["PERSONAL"], integration_id=moving(BUSINESS, vendor_id=AGREED)),
        ),
        (
            grant(clearance="RESTRICTED", integration_id=moving(RESTRICTED)),
            grant(clearance="CONFIDENTIAL", integration_id=moving(RESTRICTED)),
            grant(
                clearance="CONFIDENTIAL",
                integration_id=moving(data(("BUSINESS", "CONFIDENTIAL"))),
            ),
            grant(categories=["FINANCIAL"], integration_id=moving(data(("FINANCIAL", "INTERNAL")))),
            grant(categories=["SECURITY"], integration_id=moving(data(("SECURITY", "INTERNAL")))),
            *(
                grant(
                    integration_id=with_(
                        of(Integration),
                        DataFlow,
                        "integration_id",
                        target_id=data((category, "CONFIDENTIAL")),
                    ),
                    categories=categories,
                    clearance="CONFIDENTIAL",
                )
                for category, categories in (
                    ("BUSINESS", []),
                    ("FINANCIAL", ["FINANCIAL"]),
                    ("SECURITY", ["SECURITY"]),
                )
            ),
            grant(
                categories=["PERSONAL"],
                integration_id=with_(
                    of(Integration, vendor_id=AGREED),
                    DataFlow,
                    "integration_id",
                    target_id=PERSONAL,
                ),
            ),
            grant(clearance="INTERNAL", integration_id=moving(BUSINESS)),
            grant(categories=["PERSONAL"], integration_id=moving(PERSONAL, vendor_id=AGREED)),
            grant(
                clearance="RESTRICTED",
                integration_id=with_(
                    of(Integration), DataFlow, "integration_id", target_id=RESTRICTED
                ),
            ),
            grant(clearance="RESTRICTED", status="REVOKED"),
            of(Grant, clearance="RESTRICTED", application_id=of(SaasApplication)),
        ),
    ),
    "grant-of-everything": Case(
        (grant(clearance="RESTRICTED"),),
        (
            grant(clearance="RESTRICTED", dataset_id=of(Dataset)),
            grant(clearance="CONFIDENTIAL"),
            grant(clearance="RESTRICTED", status="REVOKED"),
        ),
    ),
    "grant-past-its-end": Case(
        (grant(expires_at=ago(minutes=1)),),
        (
            grant(expires_at=ago(days=-1)),
            grant(expires_at=ago(days=1), status="REVOKED"),
            grant(),
        ),
    ),
    "grant-orphaned": Case(
        (
            grant(integration_id=of(Integration, status="RETIRED")),
            of(Grant, application_id=of(SaasApplication), user_id=SUSPENDED),
        ),
        (
            grant(integration_id=of(Integration, status="SUSPENDED")),
            of(Grant, application_id=of(SaasApplication), user_id=OWNER),
            grant(integration_id=of(Integration, status="RETIRED"), status="REVOKED"),
        ),
    ),
}
