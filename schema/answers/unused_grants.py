"""``unusedGrants``: permissions that are there in vain."""

from typing import Annotated, Final

import strawberry

from models.grants import Grant
from perimeter.insight.unused import LONGEST_UNUSED, Disuse, UnusedGrants, unused_grants
from schema.answers.parts import Info, Parts, insight, objects, value
from schema.classes import optional
from schema.extension import Extension

DAYS: Final = 90

_Why = strawberry.enum(Disuse, name="GrantDisuse", description="Why a grant counts as unused.")


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="An active grant that is not used.")
    class UnusedGrant:
        grant = value("grant", parts.of(Grant), "The grant.")
        why = value("why", _Why, "Whether it was never used, or not for long.")
        days = value("days", int, "Days since its last use, or since it was given.")

    @strawberry.type(name="UnusedGrants", description="The grants that are not used.")
    class UnusedGrantsAnswer:
        count = value("count", int, "How many there are, listed or not.")
        grants = objects("listed", UnusedGrant, "Those given first come first.")

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=optional(UnusedGrantsAnswer),
            description="The active grants that were never used, or not for so many days.",
        )
        async def unused_grants(
            self,
            info: Info,
            days: Annotated[
                int,
                strawberry.argument(
                    description=f"Not used for how many days, to {LONGEST_UNUSED}."
                ),
            ] = DAYS,
        ) -> UnusedGrants:
            return await unused_grants(insight(info), days=days)

    return Extension(query=Query)
