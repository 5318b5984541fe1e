"""``expiring``: what comes to its end."""

from typing import Annotated

import strawberry

from perimeter.insight.expiring import DAYS_BACK, LONGEST_WITHIN, Endings, expiring
from schema.answers.parts import Info, Parts, insight, objects, value
from schema.classes import optional
from schema.extension import Extension
from schema.outputs import Node
from schema.scalars import Date


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="A record that comes to its end, or came to it lately.")
    class Ending:
        subject_type = value("subject.__typename", str, "The type of the record.")
        subject_id = value("subject.id", strawberry.ID, "The id of the record.")
        subject_label = value("label", str, "What people call the record.")
        subject = value("subject", Node, "The record itself.")
        ends_on = value("ends_on", Date, "The day it ends on, in UTC.")
        days_left = value("days_left", int, "Days from today on; negative where it is overdue.")

    @strawberry.type(description="What comes to its end.")
    class Expiring:
        count = value("count", int, "How many records there are, listed or not.")
        endings = objects("listed", Ending, "The earliest come first.")

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=optional(Expiring),
            description=(
                "Attestations, active contracts, credentials, active grants and approved "
                "assessments that end within so many days, or did in the last "
                f"{DAYS_BACK} days."
            ),
        )
        async def expiring(
            self,
            info: Info,
            within: Annotated[
                int,
                strawberry.argument(description=f"Within how many days, to {LONGEST_WITHIN}."),
            ],
        ) -> Endings:
            return await expiring(insight(info), within=within)

    return Extension(query=Query)
