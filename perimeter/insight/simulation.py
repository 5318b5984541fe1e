"""What would break if a vendor were suspended. Nothing is changed.

A vendor's products stop, and so do those of the vendors that it stands behind, which can't do
without it. Who stands behind the vendor is not touched: what is connected to them directly goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from models.applications import SaasApplication
from models.base import Model
from models.conditions import Condition, equal, missing, never, related, some
from models.datasets import Dataset
from models.flows import DataFlow
from models.integrations import Integration
from models.people import User
from models.vendors import Vendor
from perimeter.insight.reading import ANY, Insight
from repository.reader import Row
from repository.survey import LISTED, Link, RecordSet

_SHOWN: Final[Mapping[str, type[Model]]] = {
    "vendors": Vendor,
    "integrations": Integration,
    "applications": SaasApplication,
    "flows": DataFlow,
    "datasets": Dataset,
    "users": User,
}

# What moves data today: nobody knows better of a flow that no integration moves.
_MOVING: Final = some(missing("integration_id"), related("integration", equal("status", "ACTIVE")))


@dataclass(frozen=True, slots=True)
class Simulation:
    """What would stop: exact counts by name, and the first records of each sort.

    ``datasets`` are those that would be filled by nothing any more, ``users`` those to be told.
    """

    counts: Mapping[str, int]
    rows: Mapping[str, list[Row]]


async def vendor_suspended(insight: Insight, vendor: UUID) -> Simulation | None:
    """What would break; None where there is no such vendor. One SELECT.

    Raises: Forbidden.
    """

    def shown(name: str, *links: Link, where: Condition = ANY) -> RecordSet:
        return insight.records(name, _SHOWN[name], *links, where=where, limit=LISTED)

    vendors = replace(shown("vendors", where=equal("id", vendor)), climbs="parent_id")
    emptied = shown("datasets", Link("id", "touched"))
    filled = insight.records("filled", DataFlow, Link("target_id", "touched"), where=_MOVING)
    found = await insight.survey(
        [
            vendors,
            shown("integrations", Link("vendor_id", "vendors"), where=equal("status", "ACTIVE")),
            shown("applications", Link("vendor_id", "vendors")),
            insight.records("held", Dataset, Link("application_id", "applications")),
            shown(
                "flows",
                Link("integration_id", "integrations"),
                Link("source_id", "held"),
                Link("target_id", "held"),
                where=_MOVING,
            ),
            insight.records("touched", Dataset, Link("id", "flows", "target_id")),
            replace(filled, without=(Link("id", "flows"),)),
            replace(emptied, without=(Link("id", "filled", "target_id"),)),
            shown(
                "users",
                Link("id", "integrations", "owner_id"),
                Link("id", "applications", "owner_id"),
                Link("id", "datasets", "owner_id"),
                where=never(equal("status", "SUSPENDED")),
            ),
        ]
    )
    if not found.counts["vendors"]:
        return None
    return Simulation(
        counts={name: found.counts[name] for name in _SHOWN},
        rows={name: found.rows[name] for name in _SHOWN},
    )
