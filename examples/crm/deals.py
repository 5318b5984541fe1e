"""What we sell: deals, who looks after them, and what was done about them."""

import datetime
import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category,
    Guard,
    Model,
    Options,
    RowRule,
    Transition,
    caller_is,
    choice,
    computed,
    confidential,
    date,
    decimal,
    integer,
    internal,
    present,
    reference,
    related,
    text,
    timestamp,
)


class Stage(StrEnum):
    """How far a deal has come."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class Deal(Model):
    """A sale in the making."""

    __options__ = Options(
        unique_while={("account_id", "title"): ("stage", "OPEN")},
        indexes=(("closes_on",),),
        row_rules=(
            RowRule("owner sees own deals", caller_is("owner")),
            RowRule("manager sees the team's", related("owner", caller_is("manager"))),
        ),
    )

    title: Mapped[str] = text("What it is about.", internal(Category.BUSINESS))
    stage: Mapped[Stage] = choice(
        "How far it has come.",
        internal(Category.BUSINESS),
        of=Stage,
        default=Stage.OPEN,
        transitions={
            "win": Transition(
                ("OPEN",),
                "WON",
                "The customer signed.",
                guards=(Guard("must have an amount", present("amount")),),
            ),
            "lose": Transition(
                ("OPEN",), "LOST", "The customer went elsewhere.", needs_reason=True
            ),
            "reopen": Transition(("WON", "LOST"), "OPEN", "It goes on after all."),
        },
    )
    amount: Mapped[Decimal | None] = decimal("What it is worth.", confidential(Category.FINANCIAL))
    probability: Mapped[int] = integer(
        "How likely it is, in percent.",
        internal(Category.BUSINESS),
        minimum=0,
        maximum=100,
        default=50,
    )
    closes_on: Mapped[datetime.date | None] = date(
        "When the customer wants to decide.", internal(Category.BUSINESS)
    )
    owner_id: Mapped[uuid.UUID] = reference(
        "User",
        "Who looks after it.",
        internal(Category.BUSINESS),
        inverse=("deals", "The deals the person looks after."),
    )
    account_id: Mapped[uuid.UUID] = reference(
        "Account",
        "Whom we sell to.",
        internal(Category.BUSINESS),
        inverse=("deals", "Its deals."),
    )
    contact_id: Mapped[uuid.UUID | None] = reference(
        "Contact",
        "Whom we talk to.",
        internal(Category.BUSINESS),
        inverse=("deals", "The deals that the person decides about."),
    )

    @computed("Amount by probability.", needs=("amount", "probability"))
    def expected(amount: Decimal | None, probability: int) -> Decimal | None:
        """To the cent."""
        return None if amount is None else round(amount * probability / 100, 2)


class ActivityKind(StrEnum):
    """What was done."""

    CALL = "CALL"
    EMAIL = "EMAIL"
    MEETING = "MEETING"
    NOTE = "NOTE"


class Activity(Model):
    """What was done about a deal. Who sees the deal sees its activities."""

    __options__ = Options(
        indexes=(("deal_id", "happened_at"),),
        row_rules=(
            RowRule("owner of the deal", related("deal", caller_is("owner"))),
            RowRule(
                "manager of the owner", related("deal", related("owner", caller_is("manager")))
            ),
        ),
    )

    kind: Mapped[ActivityKind] = choice(
        "What was done.", internal(Category.BUSINESS), of=ActivityKind
    )
    note: Mapped[str] = text("What came of it.", internal(Category.BUSINESS), max_length=4000)
    happened_at: Mapped[datetime.datetime] = timestamp("When.", internal(Category.BUSINESS))
    deal_id: Mapped[uuid.UUID] = reference(
        "Deal",
        "Which deal it was about.",
        internal(Category.BUSINESS),
        inverse=("activities", "What was done about it."),
        cascade=True,
    )
