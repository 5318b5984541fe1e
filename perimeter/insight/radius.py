"""What would be hit if a vendor, an integration or a credential were breached.

Of a vendor, its products are hit, and those of the vendors that it stands behind: whoever works
for another one is a way in. Of an integration or a credential, what the integration reaches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from models.applications import SaasApplication
from models.base import Model
from models.conditions import Condition, equal, missing, never, one_of, some
from models.datasets import DataField, Dataset
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.people import User
from models.vendors import Vendor
from perimeter.insight.levels import EMPTY, Contents, contents, contents_by
from perimeter.insight.reading import ANY, Insight
from repository.reader import Row
from repository.survey import Found, Link, RecordSet, Tally

FIELDS_PER_DATASET: Final = 50

_SHOWN: Final[Mapping[str, type[Model]]] = {
    "vendors": Vendor,
    "integrations": Integration,
    "credentials": Credential,
    "applications": SaasApplication,
    "grants": Grant,
    "flows": DataFlow,
    "datasets": Dataset,
    "users": User,
}


class Origin(StrEnum):
    """What is breached."""

    VENDOR = "vendor"
    INTEGRATION = "integration"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class ReachedDataset:
    """A dataset that is reached, what is in it, and the first of its fields."""

    dataset: Row
    contents: Contents
    fields: list[Row]


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What is reached: exact counts by name, and the first records of each sort.

    ``open_grants``: how many of the grants name no dataset, so that nobody knows what they open.
    """

    counts: dict[str, int]
    rows: dict[str, list[Row]]
    datasets: list[ReachedDataset]
    contents: Contents
    open_grants: int


async def blast_radius(
    insight: Insight, origin: Origin, id: UUID, *, first: int
) -> BlastRadius | None:
    """What would be hit; None where there is no such record. Two SELECTs.

    Raises: Forbidden.
    """
    reach = _Reach(insight, first)
    sets, tallies = reach.sets(origin, id), [Tally("levels", "fields", ("category", "level"))]
    insight.check([*sets, _fields_of(insight, [])], [*tallies, _CONTENTS])
    found = await insight.survey(sets, tallies)
    if not found.counts[f"{origin}s"]:
        return None
    return BlastRadius(
        counts={**{name: found.counts[name] for name in _SHOWN}, "fields": found.counts["fields"]},
        rows={name: found.rows[name] for name in _SHOWN},
        datasets=await _reached_datasets(insight, found),
        contents=contents(found.tallies["levels"]),
        open_grants=found.counts["open_grants"],
    )


_CONTENTS: Final = Tally("contents", "fields", ("dataset_id", "category", "level"))


async def _reached_datasets(insight: Insight, found: Found) -> list[ReachedDataset]:
    datasets = found.rows["datasets"]
    inside = await insight.survey(
        [_fields_of(insight, [row["id"] for row in datasets])], [_CONTENTS]
    )
    holds = contents_by(inside.tallies["contents"])
    fields: dict[UUID, list[Row]] = {}
    for row in inside.rows["fields"]:
        fields.setdefault(row["dataset_id"], []).append(row)
    return [
        ReachedDataset(row, holds.get(row["id"], EMPTY), fields.get(row["id"], []))
        for row in datasets
    ]


def _fields_of(insight: Insight, datasets: Sequence[UUID]) -> RecordSet:
    return replace(
        insight.records("fields", DataField, where=one_of("dataset_id", *datasets)),
        per="dataset_id",
        share=FIELDS_PER_DATASET,
        limit=FIELDS_PER_DATASET * len(datasets),
    )


class _Reach:
    """The sets of what is reached, each made of those before it."""

    def __init__(self, insight: Insight, first: int) -> None:
        self._insight = insight
        self._first = first

    def sets(self, origin: Origin, id: UUID) -> list[RecordSet]:
        begin = {
            Origin.VENDOR: self._from_vendor,
            Origin.INTEGRATION: self._from_integration,
            Origin.CREDENTIAL: self._from_credential,
        }[origin](id)
        hidden = self._insight.records
        return [
            *begin,
            self._set(
                "applications", Link("id", "products"), Link("id", "integrations", "application_id")
            ),
            self._set(
                "grants",
                Link("integration_id", "integrations"),
                Link("application_id", "products"),
                where=equal("status", "ACTIVE"),
            ),
            hidden("open_grants", Grant, Link("id", "grants"), where=missing("dataset_id")),
            hidden("held", Dataset, Link("application_id", "products")),
            hidden("moved", DataFlow, Link("integration_id", "integrations")),
            self._set(
                "flows",
                Link("id", "moved"),
                Link("source_id", "held"),
                Link("target_id", "held"),
            ),
            self._set(
                "datasets",
                Link("id", "held"),
                Link("id", "grants", "dataset_id"),
                Link("id", "moved", "source_id"),
                Link("id", "moved", "target_id"),
            ),
            hidden("fields", DataField, Link("dataset_id", "datasets")),
            self._set(
                "users",
                Link("id", "integrations", "owner_id"),
                Link("id", "applications", "owner_id"),
                Link("id", "datasets", "owner_id"),
                Link("id", "grants", "user_id"),
            ),
        ]

    def _from_vendor(self, id: UUID) -> list[RecordSet]:
        return [
            replace(self._set("vendors", where=equal("id", id)), climbs="parent_id"),
            self._set(
                "integrations",
                Link("vendor_id", "vendors"),
                where=never(equal("status", "RETIRED")),
            ),
            self._credentials(),
            self._insight.records("products", SaasApplication, Link("vendor_id", "vendors")),
        ]

    def _from_integration(self, id: UUID) -> list[RecordSet]:
        return [
            self._set("integrations", where=equal("id", id)),
            self._credentials(),
            *self._around(),
        ]

    def _from_credential(self, id: UUID) -> list[RecordSet]:
        return [
            self._set("credentials", where=equal("id", id)),
            self._set("integrations", Link("id", "credentials", "integration_id")),
            *self._around(),
        ]

    def _around(self) -> list[RecordSet]:
        """Whose product it is, which is to be told; nothing else of the vendor is reached."""
        return [
            self._set("vendors", Link("id", "integrations", "vendor_id")),
            self._insight.records("products", SaasApplication, where=some()),
        ]

    def _credentials(self) -> RecordSet:
        return self._set(
            "credentials",
            Link("integration_id", "integrations"),
            where=never(equal("status", "REVOKED")),
        )

    def _set(self, name: str, *links: Link, where: Condition = ANY) -> RecordSet:
        return self._insight.records(name, _SHOWN[name], *links, where=where, limit=self._first)
