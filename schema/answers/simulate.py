"""``simulate``: what would break if a vendor were suspended."""

from typing import Annotated, Final

import strawberry

from models.applications import SaasApplication
from models.datasets import Dataset
from models.flows import DataFlow
from models.integrations import Integration
from models.people import User
from models.vendors import Vendor
from perimeter.insight.simulation import Simulation, vendor_suspended
from resolvers.values import record_id
from schema.answers.parts import Info, Parts, insight, value
from schema.classes import optional
from schema.extension import Extension

_DESCRIPTION: Final = (
    "What would break if a vendor were suspended; nothing is changed. Its products would stop, "
    "and so would those of the vendors that it stands behind, which can't do without it. The "
    "vendors that stand behind it go on with what is connected to them directly. Null where there "
    "is no such vendor."
)


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="How much would break, exactly.")
    class SimulationCounts:
        vendors = value("vendors", int, "Vendors.")
        integrations = value("integrations", int, "Active integrations.")
        applications = value("applications", int, "Applications.")
        flows = value("flows", int, "Flows.")
        datasets = value("datasets", int, "Datasets that nothing would fill any more.")
        users = value("users", int, "People to be told.")

    @strawberry.type(name="Simulation", description="What would break.")
    class SimulationAnswer:
        counts = value("counts", SimulationCounts, "How much would break, listed or not.")
        vendors = parts.records("vendors", Vendor, "The vendor, and those that it stands behind.")
        integrations = parts.records(
            "integrations", Integration, "The active integrations that would stop."
        )
        applications = parts.records(
            "applications", SaasApplication, "The products that could not be used any more."
        )
        flows = parts.records(
            "flows",
            DataFlow,
            "What would not move any more: what these integrations move, and what goes to or comes "
            "from the data that these applications hold.",
        )
        datasets = parts.records(
            "datasets", Dataset, "What would lose its only inflow, or all of them."
        )
        users = parts.records(
            "users",
            User,
            "Who answers for any of these integrations, applications and datasets, and has to be "
            "told; nobody who is suspended.",
        )

    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=optional(SimulationAnswer), description=_DESCRIPTION)
        async def simulate(
            self,
            info: Info,
            vendor_suspended_: Annotated[
                strawberry.ID,
                strawberry.argument(
                    name="vendorSuspended", description="The vendor that would be suspended."
                ),
            ],
        ) -> Simulation | None:
            return await vendor_suspended(insight(info), record_id(vendor_suspended_))

    return Extension(query=Query)
