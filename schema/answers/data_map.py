"""``dataMap``: where the organisation's data lies, and where it goes."""

import strawberry

from models.applications import SaasApplication
from models.datasets import Dataset
from models.flows import DataFlow
from perimeter.insight.data_map import MOST_MAPPED, DataMap, data_map
from schema.answers.parts import Info, Parts, insight, objects, value
from schema.classes import optional
from schema.extension import Extension


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="How much there is, mapped or not.")
    class DataMapCounts:
        systems = value("systems", int, "Systems, this service among them.")
        datasets = value("datasets", int, "Datasets.")
        flows = value("flows", int, "Flows.")

    @strawberry.type(description="Something that holds data.")
    class DataMapSystem:
        application = value(
            "application",
            optional(parts.of(SaasApplication)),
            "The application; null for this service.",
        )
        datasets = value("datasets", int, "How many datasets it holds.")

    @strawberry.type(description="A dataset, and what is in it.")
    class DataMapDataset:
        dataset = value("dataset", parts.of(Dataset), "The dataset; its application is the system.")
        level = parts.highest_level()
        categories = parts.categories()

    @strawberry.type(description="A flow, and what is in the dataset that it comes from.")
    class DataMapFlow:
        flow = value(
            "flow", parts.of(DataFlow), "The flow, with its source, its target and what moves it."
        )
        level = parts.highest_level()
        categories = parts.categories()

    @strawberry.type(name="DataMap", description="Where data lies, and where it goes.")
    class DataMapAnswer:
        counts = value("counts", DataMapCounts, "How much there is, mapped or not.")
        systems = objects(
            "systems", DataMapSystem, "What holds data; this service first.", most=MOST_MAPPED
        )
        datasets = objects("datasets", DataMapDataset, "The nodes of the map.", most=MOST_MAPPED)
        flows = objects("flows", DataMapFlow, "The edges of the map.", most=MOST_MAPPED)

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=DataMapAnswer | None,
            description=f"Where data lies, and where it goes: the first {MOST_MAPPED:,} of each.",
        )
        async def data_map(self, info: Info) -> DataMap:
            return await data_map(insight(info))

    return Extension(query=Query)
