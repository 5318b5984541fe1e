"""What the organisation found out about each integration before it was connected."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.assessments import AnswerValue, AssessmentStatus, Outcome
from models.integrations import IntegrationStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.connections import Connection
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.story import Story
from repository.reader import Row

_VALID: Final = timedelta(days=365)
# An assessment in good order is younger than it is valid.
_YOUNG: Final = timedelta(days=300)


def assessment_rows(
    organisation: Organisation,
    connections: Sequence[Connection],
    story: Story,
    *,
    vendors: Mapping[str, Row],
    questionnaires: tuple[Row, Row],
    assessors: Sequence[UUID],
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """One for each connection that is more than proposed; ``vendors`` is by product.

    All questions are asked of the first connection to a critical vendor and of those that the
    story tells of, the blocking ones of all others.
    """
    full, short = questionnaires
    thorough = {story.restricted, story.unagreed, story.unsanctioned}
    asked: set[str] = set()
    for connection in connections:
        status, outcome = _result(connection, story)
        if status is None:
            continue
        vendor = vendors[connection.product.name]
        in_full = connection.key in thorough or (
            vendor["name"] in {*organisation.critical, story.vulnerable}
            and vendor["name"] not in asked
            and connection.site is None
        )
        asked.add(vendor["name"])
        earliest = max(connection.created_at, now - _YOUNG)
        assessed_at = between(earliest, earliest + timedelta(days=4), random=random)
        assessed_at = min(assessed_at, now)
        approved = status is AssessmentStatus.APPROVED
        yield {
            "id": random.id(),
            "created_at": assessed_at,
            "outcome": outcome.value if outcome else None,
            "status": status.value,
            "valid_until": assessed_at + _VALID if approved else None,
            "vendor_id": vendor["id"],
            "integration_id": connection.id,
            "questionnaire_id": (full if in_full else short)["id"],
            "assessor_id": random.choice(assessors),
        }


def answer_rows(
    assessments: Sequence[Row], *, questions: Sequence[Row], random: Chance
) -> Iterator[Row]:
    """What was answered: yes to everything where the outcome is good, else with exceptions.

    Drafts have no answers yet.
    """
    by_questionnaire: dict[UUID, list[Row]] = {}
    for question in questions:
        by_questionnaire.setdefault(question["questionnaire_id"], []).append(question)
    for assessment in assessments:
        if assessment["status"] == AssessmentStatus.DRAFT:
            continue
        for question in by_questionnaire[assessment["questionnaire_id"]]:
            value = _answer(assessment, question, random=random)
            yes = value is AnswerValue.YES
            control = question["control_id"].lower()
            yield {
                "id": random.id(),
                "created_at": assessment["created_at"],
                "value": value.value,
                "comment": None if yes else "Planned for the next year.",
                "evidence": f"https://evidence.example/{control}.pdf" if yes else None,
                "assessment_id": assessment["id"],
                "question_id": question["id"],
            }


def _result(connection: Connection, story: Story) -> tuple[AssessmentStatus | None, Outcome | None]:
    if connection.key == story.unsanctioned:
        return AssessmentStatus.REJECTED, Outcome.BLOCKER
    if connection.key == story.unassessed:
        return AssessmentStatus.DRAFT, None
    match connection.status:
        case IntegrationStatus.PROPOSED:
            return None, None
        case IntegrationStatus.ASSESSED:
            return AssessmentStatus.SUBMITTED, Outcome.OK
        case _:
            wary = connection.key in (story.restricted, story.unagreed)
            return AssessmentStatus.APPROVED, Outcome.WARNING if wary else Outcome.OK


def _answer(assessment: Row, question: Row, *, random: Chance) -> AnswerValue:
    if assessment["outcome"] == Outcome.BLOCKER:
        return AnswerValue.NO if question["blocking"] else AnswerValue.PARTIAL
    if assessment["outcome"] == Outcome.WARNING and not question["blocking"]:
        return random.choices((AnswerValue.YES, AnswerValue.PARTIAL), weights=(3, 1))[0]
    return AnswerValue.YES
