"""A small CRM: what a team writes to get an API of its own."""

import uuid
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category,
    Model,
    Options,
    choice,
    confidential,
    decimal,
    internal,
    public,
    reference,
    text,
)


class Stage(StrEnum):
    """How far a deal has come."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class Company(Model):
    """A company we sell to."""

    __options__ = Options(plural="companies", unique=(("name",),))

    name: Mapped[str] = text("Legal name.", public(Category.BUSINESS))


class Deal(Model):
    """A sale in the making."""

    title: Mapped[str] = text("What it is about.", internal(Category.BUSINESS))
    stage: Mapped[Stage] = choice("How far it is.", internal(Category.BUSINESS), of=Stage)
    amount: Mapped[Decimal | None] = decimal("Worth.", confidential(Category.FINANCIAL))
    company_id: Mapped[uuid.UUID] = reference(
        "Company", "Whom we sell to.", internal(Category.BUSINESS), inverse=("deals", "Its deals.")
    )
