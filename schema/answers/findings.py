"""``refreshFindings``: what the posture finds, as findings that somebody can deal with."""

import strawberry

from models.findings import Finding
from perimeter.insight.findings import MOST_PER_RULE, Refreshed, refresh_findings
from perimeter.insight.posture import chosen_rules
from schema.answers.parts import Info, Parts, RuleIds, insight, objects, value
from schema.classes import optional
from schema.extension import Extension


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(name="RefreshedFindings", description="What became of the findings.")
    class RefreshedFindings:
        created = value("created", int, "Findings that are new.")
        kept = value("kept", int, "Findings that were there, and whose condition still holds.")
        reopened = value("reopened", int, "Findings that were resolved, and hold again.")
        resolved = value("resolved", int, "Findings whose condition does not hold any more.")
        open = value("open", int, "How many of these rules are open now, listed or not.")
        findings = objects(
            "findings", parts.of(Finding), "Those that are open: the most severe come first."
        )

    @strawberry.type
    class Mutation:
        @strawberry.mutation(
            graphql_type=optional(RefreshedFindings),
            description=(
                "Makes the findings of the posture what the records say now, all or nothing. One "
                "finding for each rule and record, for each rule at most "
                f"{MOST_PER_RULE:,}: what is not found any more is resolved, what is found again "
                "is opened again, and what was accepted stays so. Needs the scope finding:write."
            ),
        )
        async def refresh_findings(
            self, info: Info, rules: RuleIds = strawberry.UNSET
        ) -> Refreshed:
            refreshed = await refresh_findings(
                insight(info), chosen_rules(None if rules is strawberry.UNSET else rules)
            )
            info.context.forget()
            return refreshed

    return Extension(mutation=Mutation)
