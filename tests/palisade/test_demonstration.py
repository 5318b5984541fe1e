"""Whether the demonstration's rows would be taken, and whether they tell what they shall."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from graphql import build_schema, parse, validate

from models.applications import SaasApplication
from models.assessments import Answer, Assessment, Question, Questionnaire
from models.attestations import Attestation
from models.base import Model
from models.columns import Kind, traits_of
from models.contracts import Clause, Contract
from models.datasets import DataField, Dataset
from models.describe import Column, Table
from models.events import SecurityEvent
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration, IntegrationStatus
from models.organization import SLUG_PATTERN
from models.penetration import PenetrationFinding
from models.people import Group, Membership, User
from models.registry import load_catalog
from models.vendors import Vendor
from palisade.demonstration.examples import LIST, POINT, TREE, examples_for
from palisade.demonstration.inventory import (
    Inventory,
    demonstrated,
    first_id,
    inventories,
    inventory,
    parts_of,
)
from palisade.demonstration.load import load
from palisade.demonstration.organisations import ACME, GLOBEX, Organisation
from palisade.demonstration.products import COMPANIES
from repository.reader import Row

NOW = datetime(2026, 3, 29, 14, 5, 6, 789, tzinfo=UTC)
CATALOG = load_catalog()
SEED = 7
GENERATED = next(one for one in demonstrated(3, seed=SEED) if one not in (ACME, GLOBEX))
ORGANISATIONS = {"acme": ACME, "globex": GLOBEX, "generated": GENERATED}
EXACTLY = {User: 12, Group: 4, Vendor: 34, Integration: 65, SecurityEvent: 420}
EXACTLY |= {Questionnaire: 2, Question: 24, Attestation: 34, PenetrationFinding: 6}
DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


@pytest.fixture(scope="module", params=list(ORGANISATIONS))
def organisation(request: pytest.FixtureRequest) -> Organisation:
    return ORGANISATIONS[request.param]


@pytest.fixture(scope="module")
def made(organisation: Organisation) -> Inventory:
    return inventory(organisation, seed=SEED, now=NOW)


def values(made: Inventory) -> Iterator[tuple[Table, Column, Any]]:
    for model, rows in made.rows.items():
        table = CATALOG.tables[model.__name__]
        for row in rows:
            for name, value in row.items():
                yield table, table.by_name[name], value


def reference(model: type[Model], name: str) -> type[Model] | None:
    traits = traits_of(CATALOG.tables[model.__name__].core.c[name])
    if not traits or not traits.reference:
        return None
    (target,) = [m for m in EXPECTED if m.__name__ == traits.reference.target]
    return target


EXPECTED = (
    *EXACTLY,
    Membership,
    SaasApplication,
    Assessment,
    Answer,
    Credential,
    Contract,
    Clause,
    Dataset,
    DataField,
    DataFlow,
    Grant,
)


def ids_of(made: Inventory) -> set[UUID]:
    return {value for _, _, value in values(made) if isinstance(value, UUID)}


def without_ids(made: Inventory) -> list[tuple[str, Mapping[str, object]]]:
    """The rows with each id replaced by the position at which it is first met."""
    seen: dict[object, int] = {}
    return [
        (
            model.__name__,
            {
                name: seen.setdefault(value, len(seen)) if isinstance(value, UUID) else value
                for name, value in row.items()
            },
        )
        for model, rows in made.rows.items()
        for row in rows
    ]


def broken(column: Column, value: Any) -> str | None:
    """Which rule of its column a value breaks."""
    if value is None:
        return None if column.nullable else "null"
    types: dict[Kind, Any] = {
        Kind.ID: UUID,
        Kind.TEXT: str,
        Kind.CHOICE: str,
        Kind.INTEGER: int,
        Kind.BIG_INTEGER: int,
        Kind.BOOLEAN: bool,
        Kind.TIMESTAMP: datetime,
        Kind.DATE: date,
        Kind.DECIMAL: Decimal,
        Kind.TEXT_LIST: list,
        Kind.JSON: dict,
    }
    if type(value) is not types[column.kind]:
        return "type"
    match column.kind:
        case Kind.TEXT:
            assert column.max_length
            if not value or len(value) > column.max_length:
                return "length"
            pattern = column.pattern and column.pattern.replace("[:space:]", r"\s")
            if pattern and not re.fullmatch(pattern, value):
                return "pattern"
        case Kind.CHOICE:
            assert column.choices
            if value not in {choice.value for choice in column.choices}:
                return "choice"
        case Kind.INTEGER | Kind.BIG_INTEGER:
            if column.bounds and not column.bounds[0] <= value <= column.bounds[1]:
                return "bounds"
        case Kind.TIMESTAMP:
            if value.utcoffset() is None:
                return "zone"
        case Kind.TEXT_LIST:
            assert column.max_items
            assert column.max_length
            if len(value) > column.max_items or len(set(value)) != len(value):
                return "items"
            if not all(0 < len(item) <= column.max_length for item in value):
                return "item"
        case Kind.JSON:
            assert column.max_length
            if len(json.dumps(value).encode()) > column.max_length:
                return "bytes"
    return None


def test_counts_are_the_promised_ones(made: Inventory) -> None:
    assert {model: len(made.rows[model]) for model in EXACTLY} == EXACTLY
    assert set(made.rows) == set(EXPECTED)
    assert made.rows[Membership]
    own = [row for row in made.rows[Dataset] if row["application_id"] is None]
    assert len(own) == 8
    live = {row["id"] for row in made.rows[Integration] if row["last_sync_at"]}
    assert {row["integration_id"] for row in made.rows[DataFlow]} == live


@pytest.mark.parametrize(
    ("model", "parent", "least", "most"),
    [
        (Credential, "integration_id", 1, 2),
        (Grant, "integration_id", 1, 4),
        (DataField, "dataset_id", 2, 6),
        (Attestation, "vendor_id", 1, 1),
        (Contract, "vendor_id", 0, 4),
        (Clause, "contract_id", 1, 3),
        (Question, "questionnaire_id", 4, 20),
        (Integration, "vendor_id", 0, 5),
    ],
)
def test_children_of_each_parent_are_within_bounds(
    made: Inventory, model: type[Model], parent: str, least: int, most: int
) -> None:
    target = reference(model, parent)
    assert target
    counts = Counter(row[parent] for row in made.rows[model])
    assert all(least <= counts[row["id"]] <= most for row in made.rows[target])


def test_inventory_is_the_same_each_time(organisation: Organisation, made: Inventory) -> None:
    again = inventory(organisation, seed=SEED, now=NOW)
    assert again.rows == made.rows


def test_inventory_of_another_seed_differs(organisation: Organisation, made: Inventory) -> None:
    other = inventory(organisation, seed=SEED + 1, now=NOW)
    assert not ids_of(other) & ids_of(made)
    assert without_ids(other) != without_ids(made)


def test_inventory_of_another_day_has_the_same_ids_and_other_moments(
    organisation: Organisation, made: Inventory
) -> None:
    days = timedelta(days=3)
    later = inventory(organisation, seed=SEED, now=NOW + days)
    assert ids_of(later) == ids_of(made)
    for model, rows in made.rows.items():
        shifted = [row["created_at"] + days for row in rows]
        assert [row["created_at"] for row in later.rows[model]] == shifted


def test_ids_are_those_of_the_rfc(made: Inventory) -> None:
    ids = [row["id"] for rows in made.rows.values() for row in rows]
    assert {(id.version, id.variant) for id in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == len(ids)


def test_first_id_is_known_before_a_part_is_made(organisation: Organisation) -> None:
    for part, made in enumerate(inventories(organisation, parts=range(3), seed=SEED, now=NOW)):
        id = first_id(organisation, seed=SEED, part=part)
        assert made.rows[User][0]["id"] == id


def test_only_generated_organisations_grow() -> None:
    sizes = [parts_of(one, scale=5) for one in demonstrated(4, seed=SEED)]
    assert sizes == [1, 1, 5, 5]


def test_further_parts_add_as_much_again() -> None:
    parts = list(inventories(GENERATED, parts=range(4), seed=SEED, now=NOW))
    for part in parts[1:]:
        assert {model: len(part.rows[model]) for model in (User, Integration, SecurityEvent)} == {
            User: 12,
            Integration: 50,
            SecurityEvent: 420,
        }
        assert len(part.rows[DataFlow]) >= 50
    # All of it together still is one organisation.
    together = joined(parts)
    assert_unique(together)
    assert_references_lead_to_earlier_rows(together)


def test_parts_are_made_one_at_a_time_and_only_those_asked_for() -> None:
    endless = inventories(GENERATED, parts=range(1, 10**9), seed=SEED, now=NOW)
    third, fourth = next(islice(endless, 2, 3)), next(endless)
    (again,) = inventories(GENERATED, parts=(4,), seed=SEED, now=NOW)
    assert fourth.rows == again.rows
    assert not ids_of(third) <= ids_of(fourth)


def joined(parts: list[Inventory]) -> Inventory:
    rows = {
        model: tuple(row for part in parts for row in part.rows.get(model, ()))
        for model in parts[0].rows
    }
    return Inventory(parts[0].slug, rows)


def test_generated_organisations_have_names_of_their_own() -> None:
    many = list(demonstrated(2_000, seed=SEED))
    assert [one.slug for one in many[:2]] == ["acme", "globex"]
    for names in ({one.slug for one in many}, {one.name for one in many}):
        assert len(names) == len(many)
    assert all(one.name.endswith("(invented)") for one in many[2:])
    assert all(re.fullmatch(SLUG_PATTERN, one.slug) for one in many)
    assert {one.slug for one in demonstrated(9, seed=SEED + 1)} != {one.slug for one in many[:9]}


def test_rows_of_a_type_have_the_same_columns(made: Inventory) -> None:
    for model, rows in made.rows.items():
        assert len({tuple(row) for row in rows}) == 1
        table = CATALOG.tables[model.__name__]
        missing = set(table.by_name) - set(rows[0])
        assert missing <= {"updated_at", "version"}


def test_values_hold_their_columns_rules(made: Inventory) -> None:
    failures = [
        (table.type, column.name, rule, value)
        for table, column, value in values(made)
        if (rule := broken(column, value))
    ]
    assert failures == []


@pytest.mark.parametrize(
    ("model", "name", "value", "rule"),
    [
        (User, "email", "nobody", "pattern"),
        (User, "email", "a b@acme.example", "pattern"),
        (User, "name", None, "null"),
        (User, "name", "x" * 201, "length"),
        (User, "status", "GONE", "choice"),
        (Vendor, "risk_score", 101, "bounds"),
        (Vendor, "country", "usa", "length"),
        (Credential, "thumbprint", "F" * 64, "pattern"),
        (Integration, "created_at", NOW.replace(tzinfo=None), "zone"),
        (Integration, "scopes", ["x" * 201], "item"),
        (SecurityEvent, "details", {"text": "x" * 20_000}, "bytes"),
        (SecurityEvent, "severity", "3", "type"),
    ],
)
def test_rules_see_a_wrong_value(model: type[Model], name: str, value: object, rule: str) -> None:
    assert broken(CATALOG.tables[model.__name__].by_name[name], value) == rule


def test_unique_columns_are_unique(made: Inventory) -> None:
    assert_unique(made)


def assert_unique(made: Inventory) -> None:
    for model, rows in made.rows.items():
        for columns in (("id",), *CATALOG.tables[model.__name__].unique):
            keys = [tuple(row[name] for name in columns) for row in rows]
            keys = [key for key in keys if None not in key]
            assert len(set(keys)) == len(keys), (model.__name__, columns)


def test_references_lead_to_earlier_rows_of_the_same_organisation(made: Inventory) -> None:
    assert_references_lead_to_earlier_rows(made)


def assert_references_lead_to_earlier_rows(made: Inventory) -> None:
    written: set[object] = set()
    followed = 0
    for model, rows in made.rows.items():
        references = [name for name in rows[0] if reference(model, name)]
        for row in rows:
            for name in references:
                if row[name] is not None:
                    assert row[name] in written, (model.__name__, name)
                    followed += 1
            written.add(row["id"])
    assert followed > 1000


def test_application_of_an_integration_is_its_vendors(made: Inventory) -> None:
    vendors = {row["id"]: row["vendor_id"] for row in made.rows[SaasApplication]}
    for row in made.rows[Integration]:
        assert vendors[row["application_id"]] == row["vendor_id"]


def test_grants_are_of_the_scopes_asked_for(made: Inventory) -> None:
    scopes = {row["id"]: row["scopes"] for row in made.rows[Integration]}
    grants = [row for row in made.rows[Grant] if row["integration_id"]]
    assert all(row["scope"] in scopes[row["integration_id"]] for row in grants)


def test_no_moment_is_in_the_future_but_for_ends(made: Inventory) -> None:
    late = [
        (table.type, column.name, value)
        for table, column, value in values(made)
        if isinstance(value, datetime)
        and column.name not in ("expires_at", "not_after", "valid_until")
        and value > NOW
    ]
    assert late == []


def test_nothing_happens_before_its_integration_is_made(made: Inventory) -> None:
    made_at = {row["id"]: row["created_at"] for row in made.rows[Integration]}
    for model in (Credential, Grant, DataFlow, SecurityEvent, Assessment):
        for row in made.rows[model]:
            if row["integration_id"] is None:
                continue
            assert all(
                value >= made_at[row["integration_id"]]
                for value in row.values()
                if isinstance(value, datetime)
            ), (model.__name__, row)


def test_proposals_have_done_nothing(made: Inventory) -> None:
    waiting = ("PROPOSED", "ASSESSED", "APPROVED")
    proposals = {row["id"] for row in made.rows[Integration] if row["status"] in waiting}
    assert proposals == {row["id"] for row in made.rows[Integration] if row["last_sync_at"] is None}
    assert 0 < len(proposals) < 8
    for done in (DataFlow, SecurityEvent):
        assert not proposals & {row["integration_id"] for row in made.rows[done]}
    for used in (Credential, Grant):
        assert all(
            row["last_used_at"] is None
            for row in made.rows[used]
            if row["integration_id"] in proposals
        )


def test_active_integrations_are_the_most_and_recent(made: Inventory) -> None:
    integrations = made.rows[Integration]
    statuses = Counter(row["status"] for row in integrations)
    assert set(statuses) == {status.value for status in IntegrationStatus}
    assert statuses["ACTIVE"] >= 45
    stale = [
        row["name"]
        for row in integrations
        if row["status"] == "ACTIVE" and row["last_sync_at"] < NOW - timedelta(days=3)
    ]
    assert len(stale) == 1  # The one whose key expired.


def test_tree_example_finds_three_events_of_each_live_integration(made: Inventory) -> None:
    counts = Counter(row["integration_id"] for row in made.rows[SecurityEvent])
    del counts[None]  # Of people.
    live = {row["id"] for row in made.rows[Integration] if row["last_sync_at"]}
    assert set(counts) == live
    assert min(counts.values()) >= 3


def test_addresses_and_names_reach_nobody(made: Inventory) -> None:
    addresses = {row["source_address"] for row in made.rows[SecurityEvent]} - {None}
    assert all(any(ip_address(text) in network for network in DOCUMENTATION) for text in addresses)
    assert all(row["email"].endswith(f"@{made.slug}.example") for row in made.rows[User])
    assert all(row["security_contact"].endswith(".example") for row in made.rows[Vendor])


def test_summaries_name_no_person_and_no_address(made: Inventory) -> None:
    private = {row["name"] for row in made.rows[User]}
    private |= {row["source_address"] for row in made.rows[SecurityEvent]} - {None}
    for row in made.rows[SecurityEvent]:
        assert row["summary"].endswith(".")
        assert not any(text in row["summary"] for text in private)


def test_flows_lead_in_or_out_of_the_organisations_own_data(made: Inventory) -> None:
    holders = {row["id"]: row["application_id"] for row in made.rows[Dataset]}
    applications = {row["id"]: row["application_id"] for row in made.rows[Integration]}
    for row in made.rows[DataFlow]:
        ends = {holders[row["source_id"]], holders[row["target_id"]]}
        assert ends == {None, applications[row["integration_id"]]}


def test_personal_data_is_opened_only_where_its_processing_is_agreed(made: Inventory) -> None:
    agreed = {
        row["vendor_id"]
        for row in made.rows[Contract]
        if (row["kind"], row["status"]) == ("DATA_PROCESSING", "ACTIVE")
    }
    vendors = {row["id"]: row["vendor_id"] for row in made.rows[Integration]}
    personal = [
        row for row in made.rows[Grant] if "PERSONAL" in row["categories"] and row["integration_id"]
    ]
    assert len(personal) > 20
    connected = set(vendors.values())
    assert len(connected - agreed) == 2  # Of the story.
    assert {vendors[row["integration_id"]] for row in personal} <= agreed


def test_nobody_leads_back_to_themselves(made: Inventory) -> None:
    for model, name in ((User, "manager_id"), (Vendor, "parent_id")):
        above = {row["id"]: row[name] for row in made.rows[model]}
        assert set(above.values()) != {None}
        for one in above:
            seen = {one}
            while above[one] is not None:
                one = above[one]
                assert one not in seen
                seen.add(one)


def test_no_other_key_has_expired_unnoticed(made: Inventory) -> None:
    for model, end, count in ((Credential, "not_after", 1), (Grant, "expires_at", 0)):
        expired = [
            row
            for row in made.rows[model]
            if row["status"] == "ACTIVE" and row[end] and row[end] <= NOW
        ]
        assert len(expired) == count, model.__name__


def test_organisations_share_no_id_and_no_name_of_the_other() -> None:
    acme, globex = (inventory(one, seed=SEED, now=NOW) for one in (ACME, GLOBEX))
    assert not ids_of(acme) & ids_of(globex)
    assert "globex" not in repr(without_ids(acme)).lower()
    assert "acme" not in repr(without_ids(globex)).lower()


def test_organisations_differ() -> None:
    acme, globex = (inventory(one, seed=SEED, now=NOW) for one in (ACME, GLOBEX))

    def column(made: Inventory, model: type[Model], name: str) -> set[Any]:
        return {row[name] for row in made.rows[model]}

    shared = column(acme, Vendor, "name") & column(globex, Vendor, "name")
    assert 8 <= len(shared) <= 15
    assert not column(acme, User, "name") & column(globex, User, "name")
    assert not column(acme, Dataset, "name") & column(globex, Dataset, "name")
    assert not column(acme, Credential, "thumbprint") & column(globex, Credential, "thumbprint")
    risk = [
        [row["risk_score"] for row in made.rows[Vendor] if row["country"] is not None]
        for made in (acme, globex)
    ]
    assert sum(risk[0]) / len(risk[0]) + 15 < sum(risk[1]) / len(risk[1])


def test_products_have_one_name_each() -> None:
    for names in (
        [company.name for company in COMPANIES],
        [product.name for company in COMPANIES for product in company.products],
    ):
        assert len(set(names)) == len(names)
    known = {company.name for company in COMPANIES}
    for organisation in ORGANISATIONS.values():
        assert set(organisation.critical) <= set(organisation.companies) <= known


class Bound:
    """Repositories in a transaction; what is asked of them is written down instead of done."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []

    def of(self, model: type[Model]) -> "Bound":
        self.calls.append(("of", model))
        return self

    async def create_many(self, rows: tuple[Row, ...]) -> None:
        self.calls += [("create", row) for row in rows]


class Unbound:
    """Repositories that can only begin a transaction."""

    def __init__(self) -> None:
        self.bound: list[Bound] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Bound]:
        self.bound.append(Bound())
        yield self.bound[-1]


async def test_load_writes_everything_in_one_transaction() -> None:
    made = inventory(ACME, seed=SEED, now=NOW)
    unbound = Unbound()
    await load(unbound, made)  # type: ignore[arg-type]
    (bound,) = unbound.bound
    written = [call for call in bound.calls if call[0] == "create"]
    assert written == [("create", row) for rows in made.rows.values() for row in rows]
    models = [model for name, model in bound.calls if name == "of"]
    assert list(dict.fromkeys(models)) == list(made.rows)


SDL = """
scalar DateTime
enum Direction { ASC DESC }
input EventOrder { at: Direction }
type Event { id: ID! eventClass: String severity: Int at: DateTime }
type Events { nodes: [Event!] }
type Integration {
  id: ID! name: String status: String authMethod: String baseUrl: String scopes: [String!]
  lastSyncAt: DateTime createdAt: DateTime vendor: Vendor
  events(first: Int, orderBy: [EventOrder!]): Events
}
type Integrations { nodes: [Integration!] }
type Vendor {
  id: ID! name: String tier: String riskScore: Int integrations(first: Int): Integrations
}
type Vendors { nodes: [Vendor!] }
type Query {
  integration(id: ID!): Integration
  integrations(first: Int): Integrations
  vendors(first: Int): Vendors
}
"""


@pytest.mark.parametrize("query", [POINT, LIST, TREE])
def test_examples_are_valid_queries(query: str) -> None:
    assert validate(build_schema(SDL), parse(query)) == []


def test_attack_is_the_point_query_for_the_other_organisations_id() -> None:
    own, foreign = (
        str(inventory(one, seed=SEED, now=NOW).rows[Integration][0]["id"]) for one in (ACME, GLOBEX)
    )
    examples = examples_for(own, foreign)
    (attack,) = [example for example in examples if example.kind == "attack"]
    point = examples[0]
    assert attack.query == point.query == POINT
    assert (point.variables, attack.variables) == ({"id": own}, {"id": foreign})
    assert replace(attack, title=point.title, variables=point.variables, kind="query") == point
    json.dumps([dict(example.variables) for example in examples])
