"""What vendors are asked: the ids are controls of the CSA CCM v4.0, the wording is our own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from palisade.demonstration.chance import Chance
from repository.reader import Row


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; a no to a ``blocking`` one stands in the way of an approval."""

    control_id: str
    wording: str
    blocking: bool = False


QUESTIONS: Final = (
    Asked("IAM-05", "Does each account reach no more than its work needs?"),
    Asked("IAM-07", "Does access end on the day on which somebody leaves or changes place?"),
    Asked("IAM-08", "Does somebody look through all access at least once a year?"),
    Asked("IAM-14", "Do those who reach our data sign in with a second factor?", blocking=True),
    Asked("DSP-03", "Is there a list of the personal and sensitive data you hold for us?"),
    Asked("DSP-04", "Is that data graded by how much harm its loss would do?"),
    Asked("DSP-10", "Is our data guarded on its way wherever it leaves your systems?"),
    Asked("DSP-14", "Do you name sub-processors before they begin?", blocking=True),
    Asked("DSP-16", "Is our data deleted when the time we agreed on is over?"),
    Asked("CEK-03", "Is our data encrypted where it lies and on its way?", blocking=True),
    Asked("CEK-12", "Are keys replaced after a time that is written down?"),
    Asked("SEF-03", "Is there a plan for incidents, and do people know it?"),
    Asked("SEF-07", "Do you tell us of a breach within the hours we agreed on?", blocking=True),
    Asked("SEF-08", "Is there somebody we can call about an incident at any hour?"),
    Asked("STA-07", "Is there a list of those who work for you on our data?"),
    Asked("STA-14", "Do you look at how those who work for you guard data?"),
    Asked("LOG-03", "Are events that matter to security watched, and does somebody react?"),
    Asked("LOG-09", "Are logs guarded from those whose deeds they tell?"),
    Asked("TVM-03", "Are weaknesses mended within times that their gravity decides?"),
    Asked("TVM-06", "Do outsiders try to break in at least once a year?"),
)


def questionnaire_rows(*, random: Chance, now: datetime) -> tuple[Row, Row]:
    """All questions, and those that block alone."""
    created_at = now - timedelta(days=1095)
    full, short = (
        {
            "id": random.id(),
            "created_at": created_at,
            "name": name,
            "version_label": "1.0",
            "standard": "CSA CCM v4.0",
        }
        for name in ("Vendor questions", "Vendor questions, short")
    )
    return full, short


def question_rows(questionnaires: tuple[Row, Row], *, random: Chance) -> Iterator[Row]:
    """The questions of both."""
    for number, questionnaire in enumerate(questionnaires):
        for asked in QUESTIONS:
            if number == 0 or asked.blocking:
                yield {
                    "id": random.id(),
                    "created_at": questionnaire["created_at"],
                    "control_id": asked.control_id,
                    "wording": asked.wording,
                    "required": True,
                    "blocking": asked.blocking,
                    "questionnaire_id": questionnaire["id"],
                }
