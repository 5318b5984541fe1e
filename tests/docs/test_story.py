"""The questions of docs/questions.md, asked about the demonstration: they find its story."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.describe import Catalog
from models.integrations import Credential, Integration
from palisade.demonstration.inventory import demonstrated
from palisade.demonstration.load import fill
from palisade.demonstration.story import Story, story_of
from perimeter.inventory import keep_in_step
from repository.criteria import ALL
from tests.conftest import Ask, Org
from tests.docs.test_questions import QUERIES

SEED = 11
ACME = next(iter(demonstrated(2, seed=SEED)))

# What the story tells of, and the rule that finds it.
TOLD = {
    "vendor-attestations-expired",
    "contract-about-to-end",
    "personal-flow-without-agreement",
    "static-credential-old",
    "credential-never-rotated",
    "credential-of-stopped-integration",
    "credential-past-its-end",
    "unsanctioned-application-with-grants",
    "integration-of-unsanctioned-application",
    "grant-dormant",
    "grant-never-used",
    "critical-penetration-finding-overdue",
    "flow-over-plaintext",
    "flow-divergent",
    "integration-of-suspended-owner",
}


@pytest.fixture
async def story(org: Org, catalog: Catalog) -> Story:
    await keep_in_step(org.repositories, catalog)
    await fill(
        org.repositories, ACME, parts=1, seed=SEED, now=datetime.now(UTC), say=lambda *_: None
    )
    return story_of(ACME)


async def ids_of(ask: Ask, org: Org, field: str, names: tuple[str, ...]) -> dict[str, str]:
    query = f"query ($names: [String!]!) {{ {field}(where: {{name: {{in: $names}}}}) {{ nodes {{ id name }} }} }}"
    nodes = (await ask(org, query, {"names": list(names)}))["data"][field]["nodes"]
    return {node["name"]: node["id"] for node in nodes}


async def test_posture_finds_the_story_and_nothing_of_vendors_that_exist(
    ask: Ask, org: Org, story: Story
) -> None:
    query = """{ posture { findings { rule subjectLabel subject { ... on
    Vendor { name } ... on Integration { vendor { name } } ... on Credential { integration {
    vendor { name } } } } } } }"""
    findings = (await ask(org, query))["data"]["posture"]["findings"]
    assert {finding["rule"] for finding in findings} >= TOLD
    vendors = {name for finding in findings for name in _vendors(finding["subject"] or {})}
    assert story.outdated in vendors
    assert vendors <= story.names


def _vendors(subject: dict[str, Any]) -> list[str]:
    """The name of the vendor that a record is, or is of."""
    while subject and "name" not in subject:
        subject = next((item for item in subject.values() if isinstance(item, dict)), {})
    return [subject["name"]] if subject else []


async def test_a_vendor_behind_others_reaches_what_they_reach(
    ask: Ask, org: Org, story: Story
) -> None:
    hosting = next(name for name in story.parents if name not in story.parents.values())
    behind = [hosting]
    while behind[-1] in story.parents:
        behind.append(story.parents[behind[-1]])
    ids = await ids_of(ask, org, "vendors", (hosting,))
    query = """query ($vendor: ID!) { blastRadius(vendor: $vendor) { counts { vendors integrations }
    vendors { name } level } }"""
    radius = (await ask(org, query, {"vendor": ids[hosting]}))["data"]["blastRadius"]
    assert {vendor["name"] for vendor in radius["vendors"]} == set(behind)
    assert radius["counts"]["vendors"] == len(behind) > 1


async def test_the_shadow_application_is_seen_with_those_who_agreed(
    ask: Ask, org: Org, story: Story
) -> None:
    query = """query ($name: String!) { saasApplications(where: {name: {eq: $name}}) { nodes {
    sanction grants { totalCount nodes { scope user { name } } } } } }"""
    (shadow,) = (await ask(org, query, {"name": story.shadow}))["data"]["saasApplications"]["nodes"]
    assert shadow["sanction"] == "UNSANCTIONED"
    assert len({grant["user"]["name"] for grant in shadow["grants"]["nodes"]}) == 5


async def test_every_question_is_answered_about_the_demonstration(
    ask: Ask, org: Org, story: Story, catalog: Catalog
) -> None:
    vendor = await ids_of(ask, org, "vendors", (story.outdated,))
    integration = await org.repositories.of(Integration).find(ALL)
    credential = await org.repositories.of(Credential).find(ALL)
    assert integration is not None
    assert credential is not None
    ids = {
        "vendor": vendor[story.outdated],
        "integration": str(integration["id"]),
        "credential": str(credential["id"]),
    }
    for query in QUERIES:
        answer = await ask(org, query, ids)
        assert "errors" not in answer, (query, answer["errors"])
        assert all(answer["data"].values()), query
