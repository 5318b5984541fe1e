"""A small perimeter to be planted in an organisation, record by record or as a whole."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from models.applications import SaasApplication
from models.assessments import Assessment, Questionnaire
from models.attestations import Attestation
from models.base import Model
from models.contracts import Clause, Contract
from models.datasets import DataField, Dataset
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.penetration import PenetrationFinding
from models.people import User
from models.vendors import Vendor
from repository.reader import Row
from repository.repositories import Repositories

_NUMBERS = count(1)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def day(offset: int) -> date:
    """So many days after today."""
    return (datetime.now(UTC) + timedelta(days=offset)).date()


# What a record of each type has where nothing else is said; what is named by a type is made.
DEFAULTS: Mapping[type[Model], dict[str, Any]] = {
    User: {"status": "ACTIVE"},
    Vendor: {"tier": "LOW"},
    SaasApplication: {"sanction": "SANCTIONED"},
    Integration: {
        "purpose": "Keeps in step.",
        "status": "ACTIVE",
        "auth_method": "PRIVATE_KEY_JWT",
        "scopes": [],
        "vendor_id": Vendor,
    },
    Credential: {
        "kind": "PUBLIC_KEY",
        "status": "ACTIVE",
        "issued_at": lambda: ago(days=10),
        "not_after": lambda: ago(days=-300),
        "last_used_at": lambda: ago(days=1),
        "integration_id": Integration,
    },
    Grant: {
        "scope": "data.read",
        "categories": [],
        "granted_at": lambda: ago(days=10),
        "last_used_at": lambda: ago(days=1),
    },
    Dataset: {},
    DataField: {"level": "INTERNAL", "category": "BUSINESS", "dataset_id": Dataset},
    DataFlow: {
        "purpose": "Reports.",
        "transport": "TLS",
        "source_id": Dataset,
        "target_id": Dataset,
    },
    Questionnaire: {"version_label": "4.0.3", "standard": "CSA CCM v4"},
    Assessment: {
        "status": "APPROVED",
        "outcome": "OK",
        "valid_until": lambda: ago(days=-300),
        "vendor_id": Vendor,
        "questionnaire_id": Questionnaire,
    },
    Attestation: {
        "kind": "ISO27001",
        "issuer": "Auditors",
        "issued_on": lambda: day(-400),
        "valid_until": lambda: day(300),
        "vendor_id": Vendor,
    },
    Contract: {
        "kind": "MASTER",
        "title": "Terms",
        "starts_on": lambda: day(-400),
        "status": "ACTIVE",
        "vendor_id": Vendor,
    },
    Clause: {"kind": "GDPR_ART_33", "contract_id": Contract},
    PenetrationFinding: {
        "title": "Hole",
        "cvss": "5.0",
        "reported_on": lambda: day(-60),
        "due_on": lambda: day(30),
        "vendor_id": Vendor,
    },
}


class Planter:
    """Makes records of one organisation; ``mark`` stands in all of their names."""

    def __init__(self, repositories: Repositories, mark: str = "plant") -> None:
        self._repositories = repositories
        self._mark = mark

    async def make(self, model: type[Model], **values: Any) -> Row:
        """A record with these values, and defaults for others."""
        made: dict[str, Any] = {**self._named(model), **DEFAULTS[model], **values}
        for name, value in made.items():
            if isinstance(value, type):
                made[name] = await self.id(value)
            elif callable(value):
                made[name] = value()
            if name == "cvss":
                from decimal import Decimal

                made[name] = Decimal(value)
        return await self._repositories.of(model).create(made)

    async def id(self, model: type[Model], **values: Any) -> UUID:
        """The id of such a record."""
        found: UUID = (await self.make(model, **values))["id"]
        return found

    async def dataset(self, *kinds: tuple[str, str], **values: Any) -> UUID:
        """A dataset with a field of each category and level."""
        dataset = await self.id(Dataset, **values)
        for category, level in kinds:
            await self.make(DataField, category=category, level=level, dataset_id=dataset)
        return dataset

    def _named(self, model: type[Model]) -> dict[str, Any]:
        number = next(_NUMBERS)
        name = f"{self._mark} {model.__name__} {number}"
        columns = model.__table__.columns
        if model is User:
            return {"name": name, "email": f"{self._mark}-{number}@example.test"}
        if model is Credential:
            return {"thumbprint": f"{number:064x}"}
        return {"name": name} if "name" in columns else {}


class Perimeter:
    """A vendor, who stands behind it, what it is connected by, and what goes there.

    ``upper`` sells a product that ``middle`` works for, which ``lower`` works for. ``beside`` is
    another vendor. ``crm`` is the upper vendor's application.
    """

    ids: dict[str, UUID]

    @classmethod
    async def plant(cls, repositories: Repositories, mark: str = "plant") -> "Perimeter":
        made = cls()
        plants = Planter(repositories, mark)
        ids = made.ids = {}
        for name in ("owner", "agreeing", "keeper", "beside_owner"):
            ids[name] = await plants.id(User, name=f"{mark} {name}")
        ids["upper"] = await plants.id(Vendor, name=f"{mark} upper", country="IE", tier="CRITICAL")
        ids["middle"] = await plants.id(Vendor, name=f"{mark} middle", parent_id=ids["upper"])
        ids["lower"] = await plants.id(Vendor, name=f"{mark} lower", parent_id=ids["middle"])
        ids["beside"] = await plants.id(Vendor, name=f"{mark} beside", country="US")
        ids["crm"] = await plants.id(
            SaasApplication, name=f"{mark} crm", vendor_id=ids["upper"], owner_id=ids["keeper"]
        )
        ids["sync"] = await plants.id(
            Integration,
            name=f"{mark} sync",
            vendor_id=ids["upper"],
            application_id=ids["crm"],
            owner_id=ids["owner"],
        )
        ids["feed"] = await plants.id(Integration, name=f"{mark} feed", vendor_id=ids["lower"])
        ids["old"] = await plants.id(
            Integration, name=f"{mark} old", vendor_id=ids["upper"], status="RETIRED"
        )
        ids["other"] = await plants.id(
            Integration,
            name=f"{mark} other",
            vendor_id=ids["beside"],
            owner_id=ids["beside_owner"],
        )
        ids["key"] = await plants.id(Credential, integration_id=ids["sync"])
        ids["second_key"] = await plants.id(Credential, integration_id=ids["sync"])
        await plants.id(Credential, integration_id=ids["sync"], status="REVOKED")
        ids["feed_key"] = await plants.id(Credential, integration_id=ids["feed"])
        ids["customers"] = await plants.dataset(
            ("PERSONAL", "CONFIDENTIAL"), ("PERSONAL", "INTERNAL"), name=f"{mark} customers"
        )
        ids["contacts"] = await plants.dataset(
            ("PERSONAL", "CONFIDENTIAL"), name=f"{mark} contacts", application_id=ids["crm"]
        )
        ids["prices"] = await plants.dataset(("FINANCIAL", "RESTRICTED"), name=f"{mark} prices")
        ids["reports"] = await plants.dataset(("BUSINESS", "PUBLIC"), name=f"{mark} reports")
        ids["export"] = await plants.id(
            DataFlow,
            purpose=f"{mark} export",
            source_id=ids["customers"],
            target_id=ids["contacts"],
            integration_id=ids["sync"],
            legal_basis="CONTRACT",
        )
        ids["digest"] = await plants.id(
            DataFlow,
            purpose=f"{mark} digest",
            source_id=ids["contacts"],
            target_id=ids["reports"],
            integration_id=ids["other"],
        )
        ids["write"] = await plants.id(
            Grant,
            scope=f"{mark}.write",
            integration_id=ids["sync"],
            dataset_id=ids["customers"],
            granted_by_id=ids["owner"],
        )
        ids["read_prices"] = await plants.id(
            Grant, scope=f"{mark}.prices", integration_id=ids["feed"], dataset_id=ids["prices"]
        )
        ids["sign_in"] = await plants.id(
            Grant, scope=f"{mark}.openid", application_id=ids["crm"], user_id=ids["agreeing"]
        )
        ids["agreement"] = await plants.id(
            Contract,
            kind="DATA_PROCESSING",
            title=f"{mark} agreement",
            vendor_id=ids["upper"],
            ends_on=day(20),
        )
        ids["report"] = await plants.id(
            Attestation, kind="SOC2_TYPE2", vendor_id=ids["upper"], valid_until=day(-5)
        )
        ids["assessment"] = await plants.id(
            Assessment,
            vendor_id=ids["upper"],
            integration_id=ids["sync"],
            valid_until=ago(days=-40),
        )
        ids["weakness"] = await plants.id(
            PenetrationFinding, title=f"{mark} weakness", vendor_id=ids["upper"]
        )
        return made

    def __getitem__(self, name: str) -> UUID:
        return self.ids[name]

    def name_of(self, id: object) -> str:
        """What a record is called here."""
        return next(name for name, known in self.ids.items() if str(known) == str(id))
