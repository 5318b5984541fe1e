"""An own resolver with a hole: it keeps what anybody asked for, and tells it everybody."""

from enum import StrEnum
from uuid import UUID

import strawberry
from sqlalchemy.orm import Mapped

from models.people import Group, User
from models.vendors import Vendor
from palisade import (
    CALLER,
    Category,
    Guard,
    Model,
    Options,
    Transition,
    above,
    boolean,
    choice,
    equal,
    every,
    integer,
    one_of,
    present,
    public,
    text,
)
from palisade.extension import Extension, Forbidden, Info, Types


class State(StrEnum):
    """How far a leak has come."""

    NEW = "NEW"
    SEALED = "SEALED"


class Leak(Model):
    """A package of models has one at least; this one's guards ask for more than a choice."""

    __options__ = Options(
        editable=Guard("must be open and light", every(equal("open", True), one_of("weight", 7, 8)))
    )

    note: Mapped[str] = text("Note.", public(Category.BUSINESS))
    open: Mapped[bool] = boolean("Whether it goes on.", public(Category.BUSINESS))
    weight: Mapped[int] = integer(
        "How heavy it is.", public(Category.BUSINESS), minimum=0, maximum=9
    )
    state: Mapped[State] = choice(
        "How far it has come.",
        public(Category.BUSINESS),
        of=State,
        default=State.NEW,
        transitions={
            "seal": Transition(
                ("NEW",),
                "SEALED",
                "It is done.",
                guards=(
                    Guard("must not be open", every(equal("open", False), above("weight", 0))),
                    Guard("must have a note", present("note")),
                ),
            )
        },
    )


_KEPT: dict[str, str] = {}


def extend(types: Types) -> Extension:
    """``nameOf``, which keeps names across organisations, and ``echo``, which is harmless.

    So is ``keep``, which stores what it is told.
    """

    @strawberry.type
    class Query:
        @strawberry.field(description="The name of a vendor.")
        async def name_of(self, info: Info, key: str) -> str | None:
            if key not in _KEPT:
                try:
                    (row,) = await info.context.repository(Vendor).get_many([UUID(key)])
                except ValueError:
                    return None
                if row is None:
                    return None
                _KEPT[key] = row["name"]
            return _KEPT[key]

        @strawberry.field(description="What it is told.")
        async def echo(self, text: str) -> str:
            return text

    @strawberry.type
    class Mutation:
        @strawberry.mutation(description="Makes a group, for somebody who is known by name.")
        async def keep(self, info: Info, name: str, email: str) -> str:
            async with info.context.transaction() as repositories:
                users = repositories.of(User)
                caller = await users.find(users.where(equal("subject", CALLER)))
                if caller is None or not email.endswith("@example.com"):
                    raise Forbidden("keep", "needs the token of a person, and an address")
                group = await repositories.of(Group).create({"name": name})
            return str(group["name"])

    return Extension(query=Query, mutation=Mutation)
