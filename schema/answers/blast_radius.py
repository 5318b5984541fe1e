"""``blastRadius``: what would be hit if something were breached."""

from typing import Annotated, Final

import strawberry

from models.applications import SaasApplication
from models.datasets import DataField, Dataset
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.people import User
from models.vendors import Vendor
from perimeter.insight.radius import FIELDS_PER_DATASET, BlastRadius, Origin, blast_radius
from repository.survey import LISTED
from resolvers.errors import BadInput
from resolvers.values import record_id
from schema.answers.parts import First, Info, Parts, check_first, insight, objects, value
from schema.extension import Extension

_DESCRIPTION: Final = (
    "What would be hit if a vendor, an integration or a credential were breached; name exactly "
    "one of them. Of a vendor: its products, and those of all vendors that it stands behind, one "
    "after the other. Of an integration or a credential: what the integration reaches. Null where "
    "there is no such record."
)


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="How much is hit, exactly.")
    class BlastRadiusCounts:
        vendors = value("vendors", int, "Vendors.")
        integrations = value("integrations", int, "Integrations that are not retired.")
        credentials = value("credentials", int, "Credentials that are not revoked.")
        applications = value("applications", int, "Applications.")
        grants = value("grants", int, "Active grants.")
        flows = value("flows", int, "Flows.")
        datasets = value("datasets", int, "Datasets.")
        fields = value("fields", int, "Fields of these datasets.")
        users = value("users", int, "People.")

    @strawberry.type(description="A dataset that is hit, and what is in it.")
    class ReachedDataset:
        dataset = value("dataset", parts.of(Dataset), "The dataset.")
        level = parts.highest_level()
        categories = parts.categories()
        fields = objects(
            "fields",
            parts.of(DataField),
            f"The first {FIELDS_PER_DATASET} of its fields.",
            most=FIELDS_PER_DATASET,
        )

    @strawberry.type(name="BlastRadius", description="What would be hit by a breach.")
    class BlastRadiusAnswer:
        counts = value("counts", BlastRadiusCounts, "How much is hit, listed or not.")
        level = parts.highest_level()
        categories = parts.categories()
        open_grants = value(
            "open_grants",
            int,
            "How many of the grants name no dataset: nobody knows what they open.",
        )
        vendors = parts.records(
            "vendors",
            Vendor,
            "The vendor and those that it stands behind. For an integration or a credential, the "
            "vendor of the product.",
        )
        integrations = parts.records(
            "integrations", Integration, "The connections to their products."
        )
        credentials = parts.records(
            "credentials", Credential, "The keys of the integrations, to be revoked."
        )
        applications = parts.records(
            "applications", SaasApplication, "Their products, and those that are connected."
        )
        grants = parts.records(
            "grants", Grant, "What the integrations and the vendors' products may do."
        )
        flows = parts.records(
            "flows",
            DataFlow,
            "What the integrations move, and what goes to and comes from the vendors' products.",
        )
        datasets = objects(
            "datasets",
            ReachedDataset,
            "What the products hold, what the grants open, and both ends of what the "
            "integrations move.",
        )
        users = parts.records(
            "users", User, "Who answers for any of it, and who agreed to one of the grants."
        )

    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=BlastRadiusAnswer | None, description=_DESCRIPTION)
        async def blast_radius(
            self,
            info: Info,
            vendor: Annotated[
                strawberry.ID | None, strawberry.argument(description="The vendor's id.")
            ] = strawberry.UNSET,
            integration: Annotated[
                strawberry.ID | None, strawberry.argument(description="The integration's id.")
            ] = strawberry.UNSET,
            credential: Annotated[
                strawberry.ID | None, strawberry.argument(description="The credential's id.")
            ] = strawberry.UNSET,
            first: First = LISTED,
        ) -> BlastRadius | None:
            asked = insight(info)
            named = {
                Origin.VENDOR: vendor,
                Origin.INTEGRATION: integration,
                Origin.CREDENTIAL: credential,
            }
            given = [
                (origin, id) for origin, id in named.items() if id not in (None, strawberry.UNSET)
            ]
            if len(given) != 1:
                rule = "must name exactly one of vendor, integration and credential"
                raise BadInput(asked.place, rule)
            ((origin, id),) = given
            return await blast_radius(asked, origin, record_id(id), first=check_first(first))

    return Extension(query=Query)
