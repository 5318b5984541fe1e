import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped
from sqlalchemy.schema import CreateTable

from models.base import Model, Options, table_name
from models.classification import Category, internal
from models.columns import (
    big_integer,
    boolean,
    choice,
    date,
    decimal,
    integer,
    json,
    number,
    reference,
    text,
    text_list,
    timestamp,
)
from models.describe import Catalog

BUSINESS = internal(Category.BUSINESS)
CORE_TYPES = (
    "Answer",
    "Assessment",
    "Attestation",
    "AuditEvent",
    "Clause",
    "Contract",
    "Credential",
    "DataField",
    "DataFlow",
    "Dataset",
    "Finding",
    "Grant",
    "Group",
    "Integration",
    "Membership",
    "Organization",
    "OutboxMessage",
    "PenetrationFinding",
    "Question",
    "Questionnaire",
    "SaasApplication",
    "SecurityEvent",
    "User",
    "Vendor",
)


class Tone(StrEnum):
    LOUD = "LOUD"
    SOFT = "IT'S SOFT"


def ddl(model: type[Model]) -> str:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return str(CreateTable(table).compile(dialect=postgresql.dialect()))


def checks(model: type[Model]) -> list[str]:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return sorted(
        str(constraint.sqltext)
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    )


def test_columns_of_every_kind_have_their_sql_type() -> None:
    class TypesOfKinds(Model):
        """A record."""

        a_text: Mapped[str] = text("A.", BUSINESS)
        an_integer: Mapped[int] = integer("A.", BUSINESS)
        a_big_integer: Mapped[int] = big_integer("A.", BUSINESS)
        a_number: Mapped[float] = number("A.", BUSINESS)
        a_decimal: Mapped[Decimal] = decimal("A.", BUSINESS, precision=12, scale=3)
        a_boolean: Mapped[bool | None] = boolean("A.", BUSINESS)
        a_timestamp: Mapped[datetime.datetime] = timestamp("A.", BUSINESS)
        a_date: Mapped[datetime.date] = date("A.", BUSINESS)
        a_choice: Mapped[Tone] = choice("A.", BUSINESS, of=Tone)
        a_list: Mapped[list[str]] = text_list("A.", BUSINESS)
        a_json: Mapped[object | None] = json("A.", BUSINESS)
        a_reference: Mapped[uuid.UUID | None] = reference("TypesOfKinds", "A.", BUSINESS)

    text_of = ddl(TypesOfKinds)

    for line in (
        "org_id UUID NOT NULL",
        "id UUID NOT NULL",
        'a_text TEXT COLLATE "C" NOT NULL',
        "an_integer INTEGER NOT NULL",
        "a_big_integer BIGINT NOT NULL",
        "a_number DOUBLE PRECISION NOT NULL",
        "a_decimal NUMERIC(12, 3) NOT NULL",
        "a_boolean BOOLEAN,",
        "a_timestamp TIMESTAMP WITH TIME ZONE NOT NULL",
        "a_date DATE NOT NULL",
        'a_choice TEXT COLLATE "C" NOT NULL',
        'a_list TEXT[] COLLATE "C" NOT NULL',
        "a_json JSONB,",
        "a_reference UUID,",
        "created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL",
        "updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL",
        "version INTEGER DEFAULT 1 NOT NULL",
    ):
        assert line in text_of


def test_columns_carry_their_rules_as_checks() -> None:
    class ChecksOfKinds(Model):
        """A record."""

        __options__ = Options(checks={"either": "a_text IS NOT NULL OR a_number IS NOT NULL"})

        a_text: Mapped[str] = text("A.", BUSINESS, max_length=7, pattern="[a-z]+")
        an_integer: Mapped[int] = integer("A.", BUSINESS, minimum=0, maximum=9)
        a_big_integer: Mapped[int] = big_integer("A.", BUSINESS, minimum=-1)
        unbounded: Mapped[int] = integer("A.", BUSINESS)
        big_unbounded: Mapped[int] = big_integer("A.", BUSINESS)
        a_number: Mapped[float] = number("A.", BUSINESS)
        a_choice: Mapped[Tone] = choice("A.", BUSINESS, of=Tone)
        a_list: Mapped[list[str]] = text_list("A.", BUSINESS, max_items=3)
        a_json: Mapped[object | None] = json("A.", BUSINESS, max_bytes=100)

    assert checks(ChecksOfKinds) == sorted(
        [
            "char_length(a_text) <= 7",
            "a_text ~ '^([a-z]+)$'",
            "an_integer BETWEEN 0 AND 9",
            f"a_big_integer BETWEEN -1 AND {2**63 - 1}",
            "a_choice IN ('LOUD', 'IT''S SOFT')",
            "cardinality(a_list) <= 3",
            "octet_length(a_json::text) <= 200",
            "a_number > '-Infinity' AND a_number < 'Infinity'",
            "a_text IS NOT NULL OR a_number IS NOT NULL",
        ]
    )


def test_checks_take_quotes_and_colons_as_they_are() -> None:
    class ChecksQuoted(Model):
        """A record."""

        a_text: Mapped[str] = text("A.", BUSINESS, pattern="it's :fine|[[:alpha:]]:x")

    assert "a_text ~ ('^(it''s :' || 'fine|[[:alpha:]]:' || 'x)$')" in ddl(ChecksQuoted)


def test_checks_are_named_after_their_condition() -> None:
    def made(maximum: int) -> set[str]:
        name = f"Bounded{uuid.uuid4().hex[:8]}"
        attributes = {
            "__doc__": "A record.",
            "__module__": __name__,
            "__annotations__": {"size": Mapped[int]},
            "size": integer("A.", BUSINESS, minimum=0, maximum=maximum),
        }
        table = type(name, (Model,), attributes).__table__
        return {
            str(constraint.name).rsplit("_", 1)[-1]
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }

    assert made(10) == made(10)
    assert made(10) != made(11)


def test_defaults_are_the_databases() -> None:
    class DefaultsOfKinds(Model):
        """A record."""

        a_text: Mapped[str] = text("A.", BUSINESS, default="it's")
        an_integer: Mapped[int] = integer("A.", BUSINESS, default=0)
        a_boolean: Mapped[bool] = boolean("A.", BUSINESS, default=False)
        a_choice: Mapped[Tone] = choice("A.", BUSINESS, of=Tone, default=Tone.SOFT)

    text_of = ddl(DefaultsOfKinds)

    assert "a_text TEXT COLLATE \"C\" DEFAULT 'it''s' NOT NULL" in text_of
    assert "an_integer INTEGER DEFAULT 0 NOT NULL" in text_of
    assert "a_boolean BOOLEAN DEFAULT false NOT NULL" in text_of
    assert "a_choice TEXT COLLATE \"C\" DEFAULT 'IT''S SOFT' NOT NULL" in text_of


def test_references_make_composite_keys_and_an_index() -> None:
    class Parent(Model):
        """A record."""

    class Child(Model):
        """A record."""

        parent_id: Mapped[uuid.UUID] = reference("Parent", "A.", BUSINESS)
        owner_id: Mapped[uuid.UUID] = reference("Parent", "A.", BUSINESS, cascade=True)

    text_of = ddl(Child)
    assert (
        "CONSTRAINT fk_child_parent_id FOREIGN KEY(org_id, parent_id) "
        "REFERENCES data.parent (org_id, id)," in text_of
    )
    assert (
        "CONSTRAINT fk_child_owner_id FOREIGN KEY(org_id, owner_id) "
        "REFERENCES data.parent (org_id, id) ON DELETE CASCADE" in text_of
    )
    table = Child.__table__
    assert isinstance(table, sa.Table)
    assert {index.name: [column.name for column in index.columns] for index in table.indexes} == {
        "ix_child_parent_id": ["org_id", "parent_id", "id"],
        "ix_child_owner_id": ["org_id", "owner_id", "id"],
    }


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("SaasApplication", "saas_application"),
        ("OAuth2Client", "oauth2_client"),
        ("User", "user_record"),
        ("Group", "group_record"),
        ("Grant", "grant_record"),
        ("Order", "order_record"),
        ("Vendor", "vendor"),
    ],
)
def test_table_name_evades_reserved_words(model: str, name: str) -> None:
    assert table_name(model) == name


def test_model_keeps_constraints_of_its_own() -> None:
    class OwnConstraint(Model):
        """A record."""

        __table_args__ = (sa.CheckConstraint("a_text <> ''", name="not_empty"),)

        a_text: Mapped[str] = text("A.", BUSINESS)

    assert "CHECK (a_text <> '')" in ddl(OwnConstraint)
    assert OwnConstraint.__table__.schema == "data"


def test_core_types_are_all_here(catalog: Catalog) -> None:
    assert sorted(catalog.tables) == list(CORE_TYPES)


@pytest.mark.parametrize("type_name", CORE_TYPES)
def test_core_keys_and_indexes_lead_with_the_organisation(catalog: Catalog, type_name: str) -> None:
    core = catalog.tables[type_name].core
    assert [column.name for column in core.primary_key] == ["org_id", "id"]
    for index in core.indexes:
        assert next(iter(index.columns)).name == "org_id"
    for constraint in core.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            assert next(iter(constraint.columns)).name == "org_id"
    for key in core.foreign_key_constraints:
        assert key.column_keys[0] == "org_id"
        assert key.elements[0].target_fullname.endswith(".org_id")
        assert key.elements[1].target_fullname.endswith(".id")
        assert len(key.elements) == 2
        assert key.onupdate is None
        assert key.ondelete in (None, "CASCADE")


@pytest.mark.parametrize("type_name", CORE_TYPES)
def test_core_references_have_an_index(catalog: Catalog, type_name: str) -> None:
    core = catalog.tables[type_name].core
    indexed = {tuple(column.name for column in index.columns)[:2] for index in core.indexes}
    assert {tuple(key.column_keys) for key in core.foreign_key_constraints} <= indexed


@pytest.mark.parametrize("type_name", CORE_TYPES)
def test_core_columns_are_classified_and_described(catalog: Catalog, type_name: str) -> None:
    table = catalog.tables[type_name]
    assert table.description.endswith(".")
    for column in table.columns:
        assert column.level is not None
        assert column.category in Category
        assert column.description.endswith(".")
    for relation in table.relations:
        assert relation.description.endswith(".")
        assert relation.target in catalog.tables


def test_secrets_are_never_kept(catalog: Catalog) -> None:
    names = {column.name for column in catalog.tables["Credential"].columns}
    assert "thumbprint" in names
    assert not names & {"secret", "token", "password", "private_key", "value"}
