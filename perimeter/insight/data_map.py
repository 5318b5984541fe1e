"""Where the organisation's data lies, and where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models.applications import SaasApplication
from models.datasets import DataField, Dataset
from models.flows import DataFlow
from perimeter.insight.levels import EMPTY, Contents, contents_by
from perimeter.insight.reading import Insight
from repository.reader import Row
from repository.survey import Link, Tally

MOST_MAPPED: Final = 1000


@dataclass(frozen=True, slots=True)
class System:
    """An application, or this service itself, where there is none; and how much it holds."""

    application: Row | None
    datasets: int


@dataclass(frozen=True, slots=True)
class MappedDataset:
    """A dataset, and what is in it."""

    dataset: Row
    contents: Contents


@dataclass(frozen=True, slots=True)
class MappedFlow:
    """A flow, and what is in the dataset that it comes from."""

    flow: Row
    contents: Contents


@dataclass(frozen=True, slots=True)
class DataMap:
    """The first of the systems, the datasets and the flows; exact counts by name."""

    systems: list[System]
    datasets: list[MappedDataset]
    flows: list[MappedFlow]
    counts: Mapping[str, int]


async def data_map(insight: Insight) -> DataMap:
    """The map of the organisation's data. One SELECT.

    Raises: Forbidden.
    """
    insight.check_columns(Dataset, ("id", "application_id"))
    insight.check_columns(DataFlow, ("id", "source_id", "target_id", "integration_id"))
    found = await insight.survey(
        [
            insight.records("applications", SaasApplication, limit=MOST_MAPPED),
            insight.records("datasets", Dataset, limit=MOST_MAPPED),
            insight.records("fields", DataField, Link("dataset_id", "datasets")),
            insight.records("flows", DataFlow, limit=MOST_MAPPED),
        ],
        [
            Tally("contents", "fields", ("dataset_id", "category", "level")),
            Tally("held", "datasets", ("application_id",)),
        ],
    )
    holds: Mapping[UUID, Contents] = contents_by(found.tallies["contents"])
    held: dict[UUID | None, int] = dict(found.tallies["held"])
    # This service is one of them.
    applications = found.rows["applications"][: MOST_MAPPED - 1]
    return DataMap(
        systems=[
            System(None, held.get(None, 0)),
            *(System(row, held.get(row["id"], 0)) for row in applications),
        ],
        datasets=[
            MappedDataset(row, holds.get(row["id"], EMPTY)) for row in found.rows["datasets"]
        ],
        flows=[MappedFlow(row, holds.get(row["source_id"], EMPTY)) for row in found.rows["flows"]],
        counts={
            "systems": found.counts["applications"] + 1,
            "datasets": found.counts["datasets"],
            "flows": found.counts["flows"],
        },
    )
