"""``posture``: what is set up wrongly."""

from typing import Annotated

import strawberry

from perimeter.insight.posture import (
    GREATEST_SEVERITY,
    MOST_MATCHES,
    Posture,
    chosen_rules,
    posture,
)
from schema.answers.parts import First, Info, Parts, RuleIds, check_first, insight, objects, value
from schema.classes import list_of, optional
from schema.extension import Extension
from schema.outputs import Node
from schema.scalars import JSON

_SEVERITY = "How bad it is, from 0 (unknown) to 6 (fatal), as in OCSF."


def extend(parts: Parts) -> Extension:
    """The root field and its types."""

    @strawberry.type(description="A rule, and how many records break it.")
    class PostureRule:
        id = value("rule.id", str, "The id of the rule.")
        subject_type = value("rule.subject.__name__", str, "The type of record it is about.")
        severity = value("rule.severity", int, _SEVERITY)
        title = value("rule.title", str, "What is wrong with a record that breaks it.")
        fix = value("rule.fix", str, "What would put it right.")
        count = value("count", int, "How many records break it, listed or not.")

    @strawberry.type(description="A record that breaks a rule.")
    class PostureFinding:
        rule = value("rule.id", str, "The id of the rule.")
        severity = value("rule.severity", int, _SEVERITY)
        title = value("rule.title", str, "What is wrong.")
        fix = value("rule.fix", str, "What would put it right.")
        subject_type = value("subject.__typename", str, "The type of the record.")
        subject_id = value("subject.id", strawberry.ID, "The id of the record.")
        subject_label = value("label", str, "What people call the record.")
        subject = value("subject", Node, "The record itself.")
        evidence = value("evidence", JSON, "What shows it: values of the record, by field.")

    @strawberry.type(name="Posture", description="What is set up wrongly.")
    class PostureAnswer:
        count = value("count", int, "How many findings there are, listed or not.")
        rules = value("checked", list_of(PostureRule), "The rules that were checked.")
        findings = objects(
            "shown", PostureFinding, "The most severe come first.", most=MOST_MATCHES
        )

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=optional(PostureAnswer),
            description=(
                "Which records break a rule of the perimeter, as they are now: at most 100 for "
                f"each rule, and {MOST_MATCHES:,} in all. To deal with them, see refreshFindings."
            ),
        )
        async def posture(
            self,
            info: Info,
            rules: RuleIds = strawberry.UNSET,
            severity_at_least: Annotated[
                int,
                strawberry.argument(
                    description=f"Only rules as severe as this, from 0 to {GREATEST_SEVERITY}."
                ),
            ] = 0,
            first: First = 100,
        ) -> Posture:
            chosen = chosen_rules(
                None if rules is strawberry.UNSET else rules, severity_at_least=severity_at_least
            )
            return await posture(insight(info), chosen, listed=check_first(first))

    return Extension(query=Query)
