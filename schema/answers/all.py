"""Every computed answer, for the catalogs that have the types they are made of."""

from typing import Final

from models.applications import SaasApplication
from models.assessments import Assessment
from models.attestations import Attestation
from models.base import Model
from models.contracts import Contract
from models.datasets import DataField, Dataset
from models.describe import Catalog
from models.findings import Finding
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.penetration import PenetrationFinding
from models.people import User
from models.vendors import Vendor
from schema.answers import (
    blast_radius,
    data_map,
    expiring,
    findings,
    personal_data,
    posture,
    simulate,
    unused_grants,
)
from schema.answers.parts import Parts
from schema.extension import Extension, Types

_NEEDED: Final[tuple[type[Model], ...]] = (
    Assessment,
    Attestation,
    Contract,
    Credential,
    DataField,
    DataFlow,
    Dataset,
    Finding,
    Grant,
    Integration,
    PenetrationFinding,
    SaasApplication,
    User,
    Vendor,
)


def extensions(catalog: Catalog, types: Types) -> list[Extension]:
    """The root fields of all answers; none for a catalog that isn't the product's."""
    if any(model.__name__ not in catalog.tables for model in _NEEDED):
        return []
    parts = Parts(types)
    return [
        blast_radius.extend(parts),
        data_map.extend(parts),
        personal_data.extend(parts),
        posture.extend(parts),
        simulate.extend(parts),
        expiring.extend(parts),
        unused_grants.extend(parts),
        findings.extend(parts),
    ]
