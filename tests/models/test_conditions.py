"""Conditions, guards, computed fields and claims: what they are, and what stops the start."""

import itertools
import uuid
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy.orm import Mapped

from models.base import READ_ONLY, Model, Options
from models.classification import Category, internal
from models.columns import (
    ColumnExposure,
    Transition,
    choice,
    decimal,
    integer,
    reference,
    text,
    text_list,
    timestamp,
)
from models.computed import computed
from models.conditions import (
    CALLER,
    NOW,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Guard,
    Moment,
    NotMet,
    Operator,
    Related,
    RowRule,
    above,
    ago,
    ahead,
    at_least,
    begins_with,
    below,
    caller_is,
    equal,
    every,
    has,
    missing,
    never,
    one_of,
    present,
    related,
    some,
)
from models.describe import Catalog, Table, describe
from models.enforcement import Mode, attested, enforced, recorded
from models.rules import ModelError

BUSINESS = internal(Category.BUSINESS)
_COUNT = itertools.count()


class Mood(StrEnum):
    """A choice."""

    GOOD = "good"
    BAD = "bad"


class Hue(StrEnum):
    """A choice whose names are what is stored."""

    RED = "RED"
    BLUE = "BLUE"


A = equal("label", "a")
B = equal("label", "b")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (A, Comparison("label", Operator.EQ, "a")),
        (one_of("label", "a", "b"), Comparison("label", Operator.IN, ("a", "b"))),
        (one_of("label"), Comparison("label", Operator.IN, ())),
        (has("tags", "a"), Comparison("tags", Operator.HAS, "a")),
        (below("count", 3), Comparison("count", Operator.LT, 3)),
        (above("count", 3), Comparison("count", Operator.GT, 3)),
        (at_least("count", 3), Comparison("count", Operator.GTE, 3)),
        (begins_with("label", "a"), Comparison("label", Operator.STARTS_WITH, "a")),
        (missing("label"), Comparison("label", Operator.IS_NULL, True)),
        (present("label"), Comparison("label", Operator.IS_NULL, False)),
        (below("at", NOW), Comparison("at", Operator.LT, Moment(timedelta()))),
        (below("at", ago(days=2)), Comparison("at", Operator.LT, Moment(timedelta(days=-2)))),
        (below("at", ahead(hours=3)), Comparison("at", Operator.LT, Moment(timedelta(hours=3)))),
        (every(A), A),
        (every(A, B), AllOf((A, B))),
        (every(), AllOf(())),
        (some(A), AnyOf((A,))),
        (some(A, B), AnyOf((A, B))),
        (never(A), NotMet(A)),
        (never(A, B), NotMet(AllOf((A, B)))),
        (related("owner", A), Related("owner", A)),
        (related("owner", A, B), Related("owner", AllOf((A, B)))),
        (related("owner"), Related("owner", AllOf(()))),
        (caller_is("owner"), Related("owner", Comparison("subject", Operator.EQ, CALLER))),
    ],
)
def test_builders_make_plain_values(made: Condition, expected: Condition) -> None:
    assert made == expected
    assert hash(made) == hash(expected)


def test_claims_are_one_of_three_words() -> None:
    assert (enforced("x").mode, recorded("x").mode, attested("x").mode) == tuple(Mode)
    assert enforced("no way across").control == "no way across"


def made(options: Options | None = None, **columns: Any) -> Table:
    """A model's description; its class gets a name that no other has."""
    name = f"Gadget{next(_COUNT)}"
    annotations = {
        "label": Mapped[str],
        "count": Mapped[int | None],
        "at": Mapped[Any],
        "mood": Mapped[Mood],
        "tags": Mapped[list[str] | None],
        "parent_id": Mapped[uuid.UUID | None],
    }
    body: dict[str, Any] = {
        "__doc__": "A gadget.",
        "__module__": __name__,
        "__options__": options or Options(),
        "label": text("Label.", BUSINESS),
        "count": integer("Count.", BUSINESS),
        "at": timestamp("At.", BUSINESS),
        "mood": choice("Mood.", BUSINESS, of=Mood, default=Mood.GOOD),
        "tags": text_list("Tags.", BUSINESS),
        "parent_id": reference(name, "Parent.", BUSINESS, inverse=("parts", "Parts.")),
        **columns,
    }
    for column in columns:
        annotations.setdefault(column, Mapped[Any])
    body["__annotations__"] = {key: kind for key, kind in annotations.items() if key in body}
    for key, value in columns.items():
        if not hasattr(value, "column"):
            body["__annotations__"].pop(key, None)
    model: Any = type(name, (Model,), body)
    return describe([model]).tables[name]


def refusal(options: Options | None = None, **columns: Any) -> str:
    with pytest.raises(ModelError) as caught:
        made(options, **columns)
    message = str(caught.value)
    assert "Gadget" in message, "names the class"
    return message


GOOD: tuple[Condition, ...] = (
    equal("label", "a"),
    equal("mood", "bad"),
    one_of("mood", "good", "bad"),
    has("tags", "a"),
    present("tags"),
    missing("mood"),
    below("at", NOW),
    related("parent", equal("label", "a")),
    related("parts", related("parent", missing("count"))),
    some(never(equal("count", 1)), every()),
)
# The condition, and what of the message tells the fix.
BAD: tuple[tuple[Condition, str], ...] = (
    (equal("lable", "a"), "name one as the model does"),
    (related("owner", every()), "name a reference without its _id"),
    (related("parent", equal("lable", "a")), "name one as the model does"),
    (related("parent_id", every()), "name a reference without its _id"),
    (never(some(equal("lable", "a"))), "name one as the model does"),
    (below("label", NOW), "name a timestamp or a date"),
    (equal("count", CALLER), "name the column that holds subjects"),
    (equal("label", CALLER), "declare it Options(administered=True)"),
    (equal("mood", "GOOD"), "name one of its values"),
    (one_of("mood", "good", "worse"), "name one of its values"),
    (has("label", "a"), "has(...) is for lists"),
    (equal("tags", "a"), "has(...) is for lists"),
    (begins_with("count", "a"), "begins_with(...) is for text"),
)


def with_rule(condition: Condition) -> tuple[Options, dict[str, Any]]:
    return Options(row_rules=(RowRule("r", condition),)), {}


def with_guard(condition: Condition) -> tuple[Options, dict[str, Any]]:
    return Options(guards=(Guard("g", condition),)), {}


def with_editable(condition: Condition) -> tuple[Options, dict[str, Any]]:
    return Options(editable=Guard("g", condition)), {}


def with_transition(condition: Condition) -> tuple[Options, dict[str, Any]]:
    move = Transition(("good",), "bad", "Worsens.", guards=(Guard("g", condition),))
    state = choice("State.", BUSINESS, of=Mood, default=Mood.GOOD, transitions={"worsen": move})
    return Options(), {"state": state}


PLACES = (with_rule, with_guard, with_editable, with_transition)


@pytest.mark.parametrize("place", PLACES)
def test_conditions_may_stand_in_rules_guards_and_moves(place: Any) -> None:
    for condition in GOOD:
        options, columns = place(condition)
        made(options, **columns)


def test_a_condition_on_the_caller_is_of_what_administrators_write() -> None:
    rule = RowRule("r", equal("label", CALLER))
    made(Options(row_rules=(rule,), administered=True))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("condition", "fix"), BAD)
def test_a_condition_that_is_about_nothing_stops_the_start(
    place: Any, condition: Condition, fix: str
) -> None:
    options, columns = place(condition)
    assert fix in refusal(options, **columns)


def test_unique_while_speaks_of_columns_and_values_that_are_there() -> None:
    table = made(Options(unique_while={("label",): ("mood", "good")}))
    (index,) = [one for one in table.core.indexes if one.unique]
    assert [column.name for column in index.columns] == ["org_id", "label"]
    where = index.dialect_options["postgresql"]["where"]
    assert str(where) == "mood = 'good'"
    with pytest.raises(KeyError):
        made(Options(unique_while={("lable",): ("mood", "good")}))
    assert "name one of its values" in refusal(Options(unique_while={("label",): ("mood", "GOOD")}))


def test_acyclic_is_for_references_to_the_own_type() -> None:
    table = made()
    assert not table.relation_by_field["parent"].acyclic

    class Sprocket(Model):
        """Leads back."""

        next_id: Mapped[uuid.UUID | None] = reference("Sprocket", "Next.", BUSINESS, acyclic=True)

    class Cog(Model):
        """Leads elsewhere."""

        next_id: Mapped[uuid.UUID | None] = reference("Sprocket", "Next.", BUSINESS, acyclic=True)

    assert describe([Sprocket]).tables["Sprocket"].relation_by_field["next"].acyclic
    with pytest.raises(ModelError, match=r"Cog\.next_id is acyclic .* drop acyclic=True"):
        describe([Sprocket, Cog])


def test_lists_of_choices_store_their_names() -> None:
    column = made(tags=text_list("Tags.", BUSINESS, of=Hue)).by_name["tags"]
    assert column.choices is Hue
    assert "make them the same" in refusal(tags=text_list("Tags.", BUSINESS, of=Mood))


def test_moves_stay_within_their_choices() -> None:
    def moved(*, default: Mood | None = Mood.GOOD, **moves: Transition) -> Any:
        return choice("State.", BUSINESS, of=Mood, default=default, transitions=moves)

    made(state=moved(worsen=Transition(("good",), "bad", "Worsens.")))
    for wrong in (("worse",), "bad"), (("good",), "BAD"):
        message = refusal(state=moved(worsen=Transition(*wrong, "Worsens.")))
        assert "worsen" in message and "no Mood" in message
    message = refusal(
        Options(exposure=READ_ONLY),
        state=moved(default=None, worsen=Transition(("good",), "bad", "Worsens.")),
    )
    assert "say with default=" in message


def test_computed_fields_name_what_they_need() -> None:
    @computed("Label and count.", needs=("label", "count"))
    def line(label: str, count: int | None) -> str:
        return f"{label} {count}"

    table = made(line=line)
    (found,) = table.computed
    assert (found.field, found.description) == ("line", "Label and count.")
    assert [column.name for column in found.needs] == ["label", "count"]
    assert found.declared.returns is str
    assert found.declared.function("a", 1) == "a 1"


def test_computed_fields_that_cannot_be_made_stop_the_start() -> None:
    def of(function: Any, *needs: str) -> Any:
        return computed("Line.", needs=needs)(function)

    def silent(label):  # type: ignore[no-untyped-def]
        return label

    def right(label: str) -> str:
        return label

    assert "which is no column that clients see" in refusal(line=of(right, "lable"))
    assert "annotate the function" in refusal(line=of(silent, "label"))
    assert "takes other arguments" in refusal(line=of(right, "label", "count"))
    assert "takes other arguments" in refusal(line=of(right))
    hidden = text("Hidden.", BUSINESS, exposure=ColumnExposure.HIDDEN)
    message = refusal(Options(exposure=READ_ONLY), line=of(right, "secret"), secret=hidden)
    assert "which is no column that clients see" in message
    made(line=of(right, "label"))


def test_a_computed_field_must_not_have_the_name_of_another() -> None:
    class Widget(Model):
        """Two of a name."""

        total_sum: Mapped[Decimal | None] = decimal("Sum.", BUSINESS)

        @computed("Sum again.", needs=("total_sum",))
        def totalSum(total_sum: Decimal | None) -> Decimal | None:
            return total_sum

    with pytest.raises(ModelError, match="totalSum is declared twice"):
        describe([Widget])


def test_a_reference_to_a_ruled_type_may_lead_to_nothing(catalog: Catalog) -> None:
    class Flange(Model):
        """Ruled."""

        __options__ = Options(row_rules=(RowRule("nobody", some()),))
        label: Mapped[str] = text("Label.", BUSINESS)

    class Bolt(Model):
        """Refers to what not everybody sees."""

        flange_id: Mapped[uuid.UUID] = reference("Flange", "Flange.", BUSINESS)

    described = describe([Flange, Bolt])
    assert described.ruled == {"Flange"}
    assert described.tables["Bolt"].relation_by_field["flange"].nullable
    assert not described.tables["Bolt"].by_name["flange_id"].nullable
    assert described.tables["Flange"].all_scope == "flange:all"
    assert not catalog.tables["User"].row_rules
    assert catalog.tables["User"].administered
