"""``personalData``: where personal data lies, and who gets it."""

import strawberry

from models.applications import SaasApplication
from models.datasets import Dataset
from models.flows import DataFlow
from models.vendors import Vendor
from perimeter.insight.personal import MOST_DATASETS, MOST_PLACES, PersonalData, personal_data
from schema.answers.parts import Info, Parts, insight, objects, value
from schema.classes import list_of, optional
from schema.extension import Extension


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="How much there is, listed or not.")
    class PersonalDataCounts:
        datasets = value("datasets", int, "Datasets with personal data.")
        fields = value("fields", int, "Fields that are personal.")
        flows = value("flows", int, "Flows out of these datasets.")

    @strawberry.type(description="A field that is personal.")
    class PersonalField:
        id = value("id", strawberry.ID, "The id of the field.")
        name = value("name", str, "Its name.")
        level = value("level", parts.level, "How far it may travel.")

    @strawberry.type(description="A vendor that gets personal data.")
    class PersonalDataRecipient:
        vendor_id = value("vendor.id", strawberry.ID, "The vendor's id.")
        name = value("vendor.name", str, "The vendor's name.")
        country = value("vendor.country", optional(str), _SEAT)
        agreed = value("agreed", bool, "Whether an agreement on data processing with it is active.")

    @strawberry.type(description="Where personal data goes on to.")
    class PersonalDataFlow:
        id = value("flow.id", strawberry.ID, "The id of the flow.")
        purpose = value("flow.purpose", optional(str), "Why it moves.")
        legal_basis = value(
            "flow.legal_basis", optional(parts.choice(DataFlow, "legal_basis")), "What allows it."
        )
        transport = value(
            "flow.transport", parts.choice(DataFlow, "transport"), "How it is guarded on its way."
        )
        status = value(
            "flow.status", parts.choice(DataFlow, "status"), "Whether it moves as declared."
        )
        target = value("target.name", optional(str), "The name of the dataset that it goes to.")
        recipients = value(
            "recipients",
            list_of(PersonalDataRecipient),
            "Whose integration moves it, and whose application it goes to.",
        )

    @strawberry.type(description="A dataset with personal data.")
    class PersonalDataset:
        dataset = value("dataset", parts.of(Dataset), "The dataset.")
        level = value("level", optional(parts.level), "The highest level of its personal data.")
        field_count = value("field_count", int, "How many of its fields are personal.")
        fields = value("fields", list_of(PersonalField), "The first of them.")
        flows = value("flows", list_of(PersonalDataFlow), "Where its data goes on to.")

    @strawberry.type(description="An application that holds personal data, or this service.")
    class PersonalDataPlace:
        application = value(
            "application",
            optional(parts.of(SaasApplication)),
            "The application; null for this service.",
        )
        vendor = value("vendor", optional(parts.of(Vendor)), "Who makes it, where it is known.")
        country = value("vendor.country", optional(str), _SEAT)
        datasets = objects(
            "datasets", PersonalDataset, "What it holds with personal data.", most=MOST_DATASETS
        )

    @strawberry.type(name="PersonalData", description="Personal data by place.")
    class PersonalDataAnswer:
        counts = value("counts", PersonalDataCounts, "How much there is, listed or not.")
        places = objects("places", PersonalDataPlace, "Where it lies.", most=MOST_PLACES)

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=optional(PersonalDataAnswer),
            description=(
                "Where personal data lies, where it goes on to, and whether the vendors that get "
                "it have agreed on data processing."
            ),
        )
        async def personal_data(self, info: Info) -> PersonalData:
            return await personal_data(insight(info))

    return Extension(query=Query)


_SEAT = "The vendor's seat, as an ISO 3166-1 alpha-2 code."
