import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import READ_ONLY, Exposure, Global, Model, Options, camel_case
from models.classification import Category, Level, confidential, internal
from models.columns import ColumnExposure, Kind, integer, reference, text
from models.describe import Cardinality, describe
from models.rules import ModelError

BUSINESS = internal(Category.BUSINESS)


def refusal(*models: type[Model]) -> str:
    with pytest.raises(ModelError) as caught:
        describe(models)
    return str(caught.value)


def test_describe_takes_a_model_that_keeps_every_rule() -> None:
    class Ledger(Model):
        """A book of
        accounts."""

        __options__ = Options(exposure=READ_ONLY, unique=(("name",),))

        name: Mapped[str] = text("Its name.", confidential(Category.FINANCIAL), max_length=7)

    class LedgerEntry(Model):
        """A line of a ledger."""

        ledger_id: Mapped[uuid.UUID] = reference(
            "Ledger", "Its ledger.", BUSINESS, inverse=("entries", "Its lines.")
        )

    catalog = describe([Ledger, LedgerEntry])

    ledger, entry = catalog.tables["Ledger"], catalog.tables["LedgerEntry"]
    assert (ledger.name, ledger.singular, ledger.plural) == ("ledger", "ledger", "ledgers")
    assert (entry.name, entry.singular, entry.plural) == (
        "ledger_entry",
        "ledgerEntry",
        "ledgerEntries",
    )
    assert ledger.description == "A book of accounts."
    assert ledger.exposure == Exposure(read=True, create=False, update=False, delete=False)
    assert ledger.unique == (("name",),)
    assert [column.name for column in ledger.columns] == [
        "id",
        "name",
        "created_at",
        "updated_at",
        "version",
    ]
    name = ledger.by_name["name"]
    assert (name.level, name.category) == (Level.CONFIDENTIAL, Category.FINANCIAL)
    assert (name.kind, name.max_length, name.nullable) == (Kind.TEXT, 7, False)
    assert (name.exposure, name.exposed, name.has_default) == (ColumnExposure.WRITABLE, True, False)
    assert ledger.qualified_name == "data.ledger"
    assert (ledger.read_scope, ledger.write_scope) == ("ledger:read", "ledger:write")
    (one,) = entry.relations
    assert (one.field, one.cardinality, one.target, one.key) == (
        "ledger",
        Cardinality.ONE,
        "Ledger",
        "ledger_id",
    )
    (many,) = ledger.relations
    assert (many.field, many.cardinality, many.target, many.key) == (
        "entries",
        Cardinality.MANY,
        "LedgerEntry",
        "ledger_id",
    )
    assert catalog.target(many) is entry


def test_describe_keeps_global_tables_apart() -> None:
    class Beacon(Global):
        """What is found before an organisation is known."""

        key: Mapped[str] = mapped_column(sa.Text(), primary_key=True)

    catalog = describe([Beacon])

    assert not catalog.tables
    assert [table.fullname for table in catalog.global_tables] == ["palisade.beacon"]


def test_describe_refuses_a_raw_column() -> None:
    class RawColumn(Model):
        """A record."""

        note: Mapped[str] = mapped_column(sa.Text())

    message = refusal(RawColumn)
    assert message.startswith("RawColumn.note has no classification: declare it with a column kind")


def test_describe_refuses_a_column_without_classification() -> None:
    class Unclassified(Model):
        """A record."""

        note: Mapped[str] = text("What is noted.")

    assert refusal(Unclassified) == (
        "Unclassified.note has no classification: add one, such as internal(Category.BUSINESS)"
    )


def test_describe_refuses_a_primary_key_of_its_own() -> None:
    class OwnKey(Model):
        """A record."""

        code: Mapped[str] = mapped_column(sa.Text(), primary_key=True)

    assert refusal(OwnKey) == (
        "OwnKey has a primary key of its own: drop primary_key=True, the key is (org_id, id)"
    )


def test_describe_refuses_a_foreign_key_to_an_org_owned_record_without_the_org() -> None:
    class SingleKey(Model):
        """A record."""

        vendor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data.vendor.id"))

    assert refusal(SingleKey) == (
        "SingleKey.vendor_id has a foreign key out of the organisation: "
        "declare the column with reference(...), which makes a composite key"
    )


def test_describe_refuses_a_foreign_key_to_a_table_without_organisations() -> None:
    class CountryKey(Model):
        """A record."""

        country: Mapped[str] = mapped_column(sa.ForeignKey("public.country.code"))

    assert "CountryKey.country has a foreign key out of the organisation" in refusal(CountryKey)


def test_describe_refuses_a_composite_foreign_key_to_a_table_without_organisations() -> None:
    class PairKey(Model):
        """A record."""

        __table_args__ = (
            sa.ForeignKeyConstraint(["org_id", "code"], ["public.place.region", "public.place.id"]),
        )

        code: Mapped[str] = text("A code.", BUSINESS)

    assert "has a foreign key out of the organisation" in refusal(PairKey)


def test_describe_refuses_a_unique_column_over_all_organisations() -> None:
    class UniqueColumn(Model):
        """A record."""

        code: Mapped[str] = mapped_column(sa.Text(), unique=True)

    assert refusal(UniqueColumn) == (
        "UniqueColumn.code is unique over all organisations: "
        "use Options(unique=...), which puts org_id first"
    )


def test_describe_refuses_a_unique_constraint_over_all_organisations() -> None:
    class UniqueConstraint(Model):
        """A record."""

        __table_args__ = (sa.UniqueConstraint("code", "org_id"),)

        code: Mapped[str] = text("A code.", BUSINESS)

    assert "UniqueConstraint.code is unique over all organisations" in refusal(UniqueConstraint)


def test_describe_refuses_a_unique_index_over_all_organisations() -> None:
    class UniqueIndex(Model):
        """A record."""

        code: Mapped[str] = text("A code.", BUSINESS)

    sa.Index("ix_unique_index_code", UniqueIndex.code, unique=True)

    assert refusal(UniqueIndex) == (
        "UniqueIndex has a unique index ix_unique_index_code over all organisations: "
        "use Options(unique=...), which puts org_id first"
    )


def test_describe_takes_a_unique_index_of_the_organisation() -> None:
    class OrgIndex(Model):
        """A record."""

        code: Mapped[str] = text("A code.", BUSINESS)

    sa.Index("ix_org_index_code", OrgIndex.org_id, sa.func.lower(OrgIndex.code), unique=True)

    assert "OrgIndex" in describe([OrgIndex]).tables


def test_describe_refuses_a_reference_to_an_unknown_model() -> None:
    class Stray(Model):
        """A record."""

        home_id: Mapped[uuid.UUID] = reference("Nowhere", "Where it lives.", BUSINESS)

    assert refusal(Stray) == (
        "Stray.home_id refers to Nowhere, which is no org-owned model here: "
        "name a model class, or load its package"
    )


def test_describe_refuses_a_reference_to_a_global_table() -> None:
    class Lighthouse(Global):
        """What is found before an organisation is known."""

        id: Mapped[uuid.UUID] = mapped_column(sa.Uuid(), primary_key=True)

    class Ship(Model):
        """A record."""

        lighthouse_id: Mapped[uuid.UUID] = reference("Lighthouse", "What it sees.", BUSINESS)

    with pytest.raises(ModelError, match=r"Ship\.lighthouse_id refers to Lighthouse"):
        describe([Lighthouse, Ship])


@pytest.mark.parametrize("doc", [None, "", " \n "])
def test_describe_refuses_a_model_without_docstring(doc: str | None) -> None:
    name = f"Undocumented{uuid.uuid4().hex[:8]}"
    model = type(name, (Model,), {"__doc__": doc, "__module__": __name__})

    assert refusal(model) == f"{name} has no docstring: write one, clients read it"


def test_describe_refuses_two_fields_of_one_name() -> None:
    class Twice(Model):
        """A record."""

        due_at: Mapped[str] = text("When.", BUSINESS)
        dueAt: Mapped[str] = text("When.", BUSINESS)

    assert refusal(Twice) == "Twice.dueAt is declared twice: rename one of them"


def test_describe_refuses_a_connection_named_like_a_field() -> None:
    class Shelf(Model):
        """A record."""

        books: Mapped[int] = integer("How many books it has.", BUSINESS)

    class Book(Model):
        """A record."""

        shelf_id: Mapped[uuid.UUID] = reference(
            "Shelf", "Where it stands.", BUSINESS, inverse=("books", "What stands on it.")
        )

    assert refusal(Shelf, Book) == "Shelf.books is declared twice: rename one of them"


def test_describe_refuses_two_types_with_one_root_field() -> None:
    class Datum(Model):
        """A record."""

        __options__ = Options(plural="readings")

    class Reading(Model):
        """A record."""

    assert refusal(Datum, Reading) == (
        "Reading and Datum both make the root field readings: give one of them Options(plural=...)"
    )


def test_describe_refuses_a_plural_that_is_the_singular() -> None:
    class Sheep(Model):
        """A record."""

        __options__ = Options(plural="sheep")

    assert "both make the root field sheep" in refusal(Sheep)


def test_describe_refuses_a_link_by_a_column_that_is_no_reference() -> None:
    class Knot(Model):
        """A record."""

        __options__ = Options(links={"name": ("ends", "Its ends.")})

        name: Mapped[str] = text("Its name.", BUSINESS)

    assert refusal(Knot) == ("Knot links name: a link has exactly two references, name one of them")


def test_describe_refuses_a_link_of_three_references() -> None:
    class Post(Model):
        """A record."""

    class Rope(Model):
        """A record."""

        __options__ = Options(links={"first_id": ("second", "The other.")})

        first_id: Mapped[uuid.UUID] = reference("Post", "One.", BUSINESS)
        second_id: Mapped[uuid.UUID] = reference("Post", "Two.", BUSINESS)
        third_id: Mapped[uuid.UUID] = reference("Post", "Three.", BUSINESS)

    assert "Rope links first_id: a link has exactly two references" in refusal(Post, Rope)


def test_describe_makes_a_link_a_relation_of_both_sides() -> None:
    class Author(Model):
        """A record."""

    class Paper(Model):
        """A record."""

    class Authorship(Model):
        """A record."""

        __options__ = Options(
            links={
                "author_id": ("papers", "Their papers."),
                "paper_id": ("authors", "Its authors."),
            }
        )

        author_id: Mapped[uuid.UUID] = reference("Author", "Who.", BUSINESS)
        paper_id: Mapped[uuid.UUID] = reference("Paper", "What.", BUSINESS)

    tables = describe([Author, Paper, Authorship]).tables

    (papers,) = tables["Author"].relations
    assert (papers.cardinality, papers.target, papers.link) == (
        Cardinality.LINKED,
        "Paper",
        "Authorship",
    )
    assert (papers.key, papers.far_key) == ("author_id", "paper_id")
    (authors,) = tables["Paper"].relations
    assert (authors.key, authors.far_key) == ("paper_id", "author_id")


def test_describe_refuses_a_name_longer_than_the_database_keeps() -> None:
    class Correspondence(Model):
        """A record."""

        preferred_language_of_the_recipient: Mapped[str] = text("Language.", BUSINESS)
        preferred_language_of_the_first_recipient: Mapped[str] = text("Language.", BUSINESS)

    message = refusal(Correspondence)
    assert "Correspondence" in message
    assert "ck_correspondence_preferred_language_of_the_first_recipient_length_" in message
    assert message.endswith("shorten the model's or the column's name")


@pytest.mark.parametrize(
    ("model", "plural"),
    [
        ("PluralCategory", "pluralCategories"),
        ("PluralDay", "pluralDays"),
        ("PluralAddress", "pluralAddresses"),
        ("PluralBox", "pluralBoxes"),
        ("PluralBatch", "pluralBatches"),
        ("PluralDish", "pluralDishes"),
        ("PluralBuzz", "pluralBuzzes"),
        ("PluralHouse", "pluralHouses"),
        ("PluralUser", "pluralUsers"),
    ],
)
def test_describe_makes_plurals(model: str, plural: str) -> None:
    made = type(model, (Model,), {"__doc__": "A record.", "__module__": __name__})

    assert describe([made]).tables[model].plural == plural


@pytest.mark.parametrize(
    ("name", "field"),
    [("id", "id"), ("last_sync_at", "lastSyncAt"), ("a_b_c", "aBC"), ("oauth2_url", "oauth2Url")],
)
def test_camel_case_joins_words(name: str, field: str) -> None:
    assert camel_case(name) == field
