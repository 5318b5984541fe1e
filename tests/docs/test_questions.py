"""Every query that the docs show is answered."""

import re
from pathlib import Path

import pytest

from tests.conftest import Ask, Org
from tests.planting import Perimeter

QUESTIONS = Path(__file__).parents[2] / "docs" / "questions.md"
QUERIES = re.findall(r"^```graphql\n(.*?)^```$", QUESTIONS.read_text(encoding="utf-8"), re.M | re.S)
IDS = {"vendor": "lower", "integration": "sync", "credential": "key"}


@pytest.mark.parametrize("number", range(len(QUERIES)))
async def test_question_is_answered(ask: Ask, org: Org, number: int) -> None:
    planted = await Perimeter.plant(org.repositories)
    query = QUERIES[number]
    variables = {
        name: str(planted[IDS[name]]) for name in re.findall(r"\$(\w+): ID!", query.split("{")[0])
    }
    answer = await ask(org, query, variables)
    assert "errors" not in answer
    assert all(answer["data"].values()), "an answer without anything in it shows nothing"


async def test_questions_are_answered_to_viewers(ask: Ask, org: Org) -> None:
    planted = await Perimeter.plant(org.repositories)
    ids = {name: str(planted[key]) for name, key in IDS.items()}
    for query in QUERIES:
        answer = await ask(org, query, ids, role="viewer")
        assert query.startswith("mutation") == ("errors" in answer), query


def test_every_answer_is_asked_for() -> None:
    asked = " ".join(QUERIES)
    for name in (
        *("blastRadius(vendor", "blastRadius(credential", "dataMap", "personalData", "posture"),
        *("simulate", "expiring", "unusedGrants", "refreshFindings"),
    ):
        assert name in asked
