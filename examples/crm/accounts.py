"""Whom we sell to: accounts, and the people there."""

import uuid
from enum import StrEnum

from sqlalchemy.orm import Mapped

from palisade import (
    Category,
    Model,
    Options,
    boolean,
    choice,
    computed,
    confidential,
    integer,
    internal,
    public,
    reference,
    text,
)


class Industry(StrEnum):
    """What an account makes its money with."""

    COMMERCE = "COMMERCE"
    FINANCE = "FINANCE"
    HEALTH = "HEALTH"
    MANUFACTURING = "MANUFACTURING"
    PUBLIC_SECTOR = "PUBLIC_SECTOR"
    SOFTWARE = "SOFTWARE"


class Account(Model):
    """An organisation we sell to, or would like to."""

    __options__ = Options(unique=(("name",),))

    name: Mapped[str] = text("Trading name, unique.", public(Category.BUSINESS))
    industry: Mapped[Industry | None] = choice(
        "What it makes its money with.", internal(Category.BUSINESS), of=Industry
    )
    employees: Mapped[int | None] = integer(
        "How many people work there.", internal(Category.BUSINESS), minimum=1
    )
    website: Mapped[str | None] = text(
        "Where it is on the web.", public(Category.BUSINESS), pattern="https://[^[:space:]]+"
    )


class Contact(Model):
    """A person at an account."""

    __options__ = Options(unique=(("email",),))

    first_name: Mapped[str] = text("First name.", internal(Category.PERSONAL), max_length=100)
    last_name: Mapped[str] = text("Last name.", internal(Category.PERSONAL), max_length=100)
    email: Mapped[str] = text(
        "Work address, unique.",
        confidential(Category.PERSONAL),
        max_length=254,
        pattern="[^@[:space:]]+@[^@[:space:]]+",
        maskable=True,
    )
    phone: Mapped[str | None] = text(
        "Number with the country's code.",
        confidential(Category.PERSONAL),
        pattern="[+][0-9 ]{6,20}",
        maskable=True,
    )
    may_be_mailed: Mapped[bool] = boolean(
        "Whether the person agreed to be mailed.", internal(Category.PERSONAL), default=False
    )
    account_id: Mapped[uuid.UUID] = reference(
        "Account",
        "Where the person works.",
        internal(Category.BUSINESS),
        inverse=("contacts", "The people there."),
        cascade=True,
    )

    @computed("The first letters of both names.", needs=("first_name", "last_name"))
    def initials(first_name: str, last_name: str) -> str:
        """Ada Lovelace → AL."""
        return (first_name[:1] + last_name[:1]).upper()
