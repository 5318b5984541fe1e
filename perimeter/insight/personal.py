"""Where personal data lies, where it goes on to, and whether those who get it have agreed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from models.applications import SaasApplication
from models.conditions import equal, every
from models.contracts import Contract
from models.datasets import DataField, Dataset
from models.flows import DataFlow
from models.integrations import Integration
from models.vendors import Vendor
from perimeter.insight.levels import highest
from perimeter.insight.reading import Insight, by_id
from repository.reader import Row
from repository.survey import Found, Link, Tally

MOST_PLACES: Final = 50
MOST_DATASETS: Final = 100
MOST_FIELDS: Final = 50
MOST_FLOWS: Final = 50
_MOST_READ: Final = 1000


@dataclass(frozen=True, slots=True)
class Recipient:
    """A vendor that gets personal data, and whether an agreement on data processing is active."""

    vendor: Row
    agreed: bool


@dataclass(frozen=True, slots=True)
class OnwardFlow:
    """Where personal data goes on to.

    ``recipients``: whose integration moves it, and whose application holds what it goes to.
    """

    flow: Row
    target: Row | None
    recipients: list[Recipient]


@dataclass(frozen=True, slots=True)
class PersonalDataset:
    """A dataset with personal data: the highest level of it, its fields, and where it goes."""

    dataset: Row
    level: str | None
    field_count: int
    fields: list[Row]
    flows: list[OnwardFlow]


@dataclass(frozen=True, slots=True)
class Place:
    """An application of a vendor, or this service itself, where there is none."""

    application: Row | None
    vendor: Row | None
    datasets: list[PersonalDataset]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """The places, and exact counts by name of all there is."""

    places: list[Place]
    counts: Mapping[str, int]


async def personal_data(insight: Insight) -> PersonalData:
    """Personal data by place. One SELECT.

    Raises: Forbidden.
    """
    insight.check_columns(Dataset, ("id", "name", "application_id"))
    insight.check_columns(DataField, ("id", "name", "level"))
    insight.check_columns(
        DataFlow, ("id", "source_id", "purpose", "legal_basis", "transport", "status")
    )
    insight.check_columns(Vendor, ("id", "name", "country"))
    agreement = every(equal("kind", "DATA_PROCESSING"), equal("status", "ACTIVE"))
    fields = insight.records("fields", DataField, where=equal("category", "PERSONAL"))
    flows = insight.records("flows", DataFlow, Link("source_id", "datasets"), limit=_MOST_READ)
    found = await insight.survey(
        [
            replace(fields, limit=_MOST_READ * 5, per="dataset_id", share=MOST_FIELDS),
            insight.records(
                "datasets", Dataset, Link("id", "fields", "dataset_id"), limit=_MOST_READ
            ),
            insight.records(
                "applications",
                SaasApplication,
                Link("id", "datasets", "application_id"),
                limit=_MOST_READ,
            ),
            replace(flows, per="source_id", share=MOST_FLOWS),
            insight.records("targets", Dataset, Link("id", "flows", "target_id"), limit=_MOST_READ),
            insight.records(
                "receiving",
                SaasApplication,
                Link("id", "targets", "application_id"),
                limit=_MOST_READ,
            ),
            insight.records(
                "integrations", Integration, Link("id", "flows", "integration_id"), limit=_MOST_READ
            ),
            insight.records(
                "vendors",
                Vendor,
                Link("id", "applications", "vendor_id"),
                Link("id", "receiving", "vendor_id"),
                Link("id", "integrations", "vendor_id"),
                limit=_MOST_READ,
            ),
            insight.records("agreements", Contract, Link("vendor_id", "vendors"), where=agreement),
        ],
        [
            Tally("levels", "fields", ("dataset_id", "level")),
            Tally("agreed", "agreements", ("vendor_id",)),
        ],
    )
    return _Places(found).answer()


class _Places:
    """What was found, put together by place."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._applications = by_id([*found.rows["applications"], *found.rows["receiving"]])
        self._targets = by_id(found.rows["targets"])
        self._integrations = by_id(found.rows["integrations"])
        self._vendors = by_id(found.rows["vendors"])
        self._agreed = {vendor for vendor, _ in found.tallies["agreed"]}
        self._levels: dict[UUID, list[tuple[str, int]]] = {}
        for dataset, level, count in found.tallies["levels"]:
            self._levels.setdefault(dataset, []).append((level, count))
        self._fields = _grouped(found.rows["fields"], "dataset_id")
        self._flows = _grouped(found.rows["flows"], "source_id")

    def answer(self) -> PersonalData:
        places = [
            self._place(id, rows)
            for id, rows in _grouped(self._found.rows["datasets"], "application_id").items()
        ]
        counts = self._found.counts
        return PersonalData(
            places[:MOST_PLACES],
            {
                "datasets": counts["datasets"],
                "fields": counts["fields"],
                "flows": counts["flows"],
            },
        )

    def _place(self, id: UUID | None, datasets: list[Row]) -> Place:
        application = None if id is None else self._applications.get(id)
        vendor = self._vendors.get(application["vendor_id"]) if application else None
        return Place(application, vendor, [self._dataset(row) for row in datasets[:MOST_DATASETS]])

    def _dataset(self, row: Row) -> PersonalDataset:
        id = row["id"]
        levels = self._levels.get(id, [])
        return PersonalDataset(
            dataset=row,
            level=highest(level for level, _ in levels),
            field_count=sum(count for _, count in levels),
            fields=self._fields.get(id, []),
            flows=[self._onward(flow) for flow in self._flows.get(id, [])],
        )

    def _onward(self, flow: Row) -> OnwardFlow:
        target = self._targets.get(flow["target_id"])
        vendors = dict.fromkeys(self._recipients(flow, target))
        return OnwardFlow(
            flow,
            target,
            [Recipient(self._vendors[id], id in self._agreed) for id in vendors],
        )

    def _recipients(self, flow: Row, target: Row | None) -> Iterator[UUID]:
        integration = self._integrations.get(flow["integration_id"])
        application = self._applications.get(target["application_id"]) if target else None
        for row in (integration, application):
            if row is not None and row["vendor_id"] in self._vendors:
                yield row["vendor_id"]


def _grouped(rows: list[Row], column: str) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
