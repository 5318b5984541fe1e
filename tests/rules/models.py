"""Own models with row rules, guards, a lifecycle, a reference that must not lead back, and more."""

import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category,
    ColumnExposure,
    Guard,
    Model,
    Options,
    RowRule,
    Transition,
    above,
    caller_is,
    choice,
    computed,
    confidential,
    decimal,
    integer,
    internal,
    missing,
    present,
    public,
    reference,
    related,
    some,
    text,
    text_list,
)


class Stage(StrEnum):
    """How far a prospect is."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class Region(StrEnum):
    """Where a prospect is sold to."""

    NORTH = "NORTH"
    SOUTH = "SOUTH"
    EAST = "EAST"


class Firm(Model):
    """A firm that may buy. Everybody sees it."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Name.", public(Category.BUSINESS))


class Prospect(Model):
    """What may be sold: its owner, the owner's manager and those who watch it see it."""

    __options__ = Options(
        unique=(("title",),),
        unique_while={("slot",): ("stage", "WON")},
        row_rules=(
            RowRule("the owner sees it", caller_is("owner")),
            RowRule("the owner's manager sees it", related("owner", caller_is("manager"))),
            RowRule("those who watch it see it", related("watchers", caller_is("user"))),
        ),
        guards=(
            Guard("must have an amount to be likely", some(missing("odds"), present("amount"))),
        ),
    )

    title: Mapped[str] = text("Title.", internal(Category.BUSINESS))
    stage: Mapped[Stage] = choice(
        "Stage.",
        internal(Category.BUSINESS),
        of=Stage,
        default=Stage.OPEN,
        transitions={
            "win": Transition(
                ("OPEN",),
                "WON",
                "Won.",
                guards=(Guard("must be worth something", above("amount", Decimal(0))),),
            ),
            "lose": Transition(("OPEN", "WON"), "LOST", "Lost.", needs_reason=True),
            "reopen": Transition(("LOST",), "OPEN", "Open again."),
        },
    )
    slot: Mapped[int | None] = integer("Slot.", internal(Category.BUSINESS))
    amount: Mapped[Decimal | None] = decimal("Amount.", internal(Category.FINANCIAL))
    odds: Mapped[int | None] = integer(
        "Percent.", internal(Category.BUSINESS), minimum=0, maximum=100
    )
    margin: Mapped[Decimal | None] = decimal("Margin.", confidential(Category.FINANCIAL))
    regions: Mapped[list[str] | None] = text_list(
        "Regions.", internal(Category.BUSINESS), of=Region, max_items=3
    )
    code: Mapped[str | None] = text(
        "Set once.", internal(Category.BUSINESS), exposure=ColumnExposure.SET_ONCE
    )
    remark: Mapped[str | None] = text("Remark.", internal(Category.BUSINESS), max_length=4000)
    owner_id: Mapped[uuid.UUID] = reference(
        "User", "Owner.", internal(Category.PERSONAL), inverse=("prospects", "Theirs.")
    )
    firm_id: Mapped[uuid.UUID] = reference(
        "Firm",
        "Firm.",
        internal(Category.BUSINESS),
        inverse=("prospects", "What it may buy."),
        cascade=True,
    )
    follows_id: Mapped[uuid.UUID | None] = reference(
        "Prospect",
        "What it follows.",
        internal(Category.BUSINESS),
        inverse=("followers", "What follows."),
        acyclic=True,
    )

    @computed("Amount by odds.", needs=("amount", "odds"))
    def expected(amount: Decimal | None, odds: int | None) -> Decimal | None:
        return None if amount is None or odds is None else amount * odds / 100

    @computed("Title and margin.", needs=("title", "margin"))
    def headline(title: str, margin: Decimal | None) -> str:
        return title if margin is None else f"{title} at {margin}"


class Watcher(Model):
    """That somebody watches a prospect."""

    __options__ = Options(
        unique=(("prospect_id", "user_id"),),
        administered=True,
        links={
            "prospect_id": ("watching", "Who watches it."),
            "user_id": ("watched", "What they watch."),
        },
    )

    prospect_id: Mapped[uuid.UUID] = reference(
        "Prospect",
        "What.",
        internal(Category.BUSINESS),
        inverse=("watchers", "That it is watched."),
        exposure=ColumnExposure.SET_ONCE,
    )
    user_id: Mapped[uuid.UUID] = reference(
        "User",
        "Who.",
        internal(Category.PERSONAL),
        inverse=("watches", "That they watch."),
        exposure=ColumnExposure.SET_ONCE,
        cascade=True,
    )


class Call(Model):
    """A call about a prospect: no rules of its own."""

    note: Mapped[str] = text("Note.", internal(Category.BUSINESS))
    minutes: Mapped[int] = integer("Minutes.", internal(Category.BUSINESS), default=1)
    prospect_id: Mapped[uuid.UUID] = reference(
        "Prospect",
        "About what.",
        internal(Category.BUSINESS),
        inverse=("calls", "Calls about it."),
    )


class Memo(Model):
    """A memo on a call: two steps from what has rules."""

    note: Mapped[str] = text("Note.", internal(Category.BUSINESS))
    call_id: Mapped[uuid.UUID] = reference("Call", "On which.", internal(Category.BUSINESS))


class Binder(Model):
    """A binder within a binder, deleted with it; its owner sees it."""

    __options__ = Options(row_rules=(RowRule("the owner sees it", caller_is("owner")),))

    label: Mapped[str] = text("Label.", internal(Category.BUSINESS))
    owner_id: Mapped[uuid.UUID] = reference(
        "User", "Owner.", internal(Category.PERSONAL), inverse=("binders", "Theirs.")
    )
    within_id: Mapped[uuid.UUID | None] = reference(
        "Binder",
        "What it lies in.",
        internal(Category.BUSINESS),
        inverse=("binders", "What lies in it."),
        cascade=True,
        acyclic=True,
    )
