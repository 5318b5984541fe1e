"""An own resolver with a hole: it keeps what anybody asked for, and tells it everybody."""

from uuid import UUID

import strawberry
from sqlalchemy.orm import Mapped

from models.people import Group, User
from models.vendors import Vendor
from palisade import CALLER, Category, Model, equal, public, text
from palisade.extension import Extension, Forbidden, Info, Types


class Leak(Model):
    """A package of models has one at least."""

    note: Mapped[str] = text("Note.", public(Category.BUSINESS))


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
