"""The own query and the own mutation."""

from datetime import UTC, datetime, timedelta

import pytest

from palisade.testing import Caller, Organisation

from .conftest import MakeDeal, Record, Team

NEGLECTED = "{ neglectedDeals { title account { name } } }"
START = """mutation ($input: StartDealInput!) {
  startDeal(input: $input) {
    title stage amount
    owner { name } account { name } contact { initials }
  }
}"""
COUNTS = """{
  accountsAggregate { count }
  contactsAggregate { count }
  dealsAggregate { count }
}"""


def started(**changed: object) -> Record:
    """The variables of `startDeal`."""
    values = {
        "accountName": "Engines",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@engines.example",
        "title": "Cards",
        "amount": "99.90",
    }
    return {"input": {**values, **changed}}


def counts(caller: Caller) -> list[int]:
    """How many accounts, contacts and deals the caller sees."""
    return [figures["count"] for figures in caller.ask(COUNTS).values()]


def neglected(caller: Caller) -> list[str]:
    """The titles of the neglected deals that the caller sees."""
    return [deal["title"] for deal in caller.ask(NEGLECTED)["neglectedDeals"]]


@pytest.mark.parametrize(("days", "expected"), [(0, []), (6, []), (8, ["Soon"])])
def test_deal_is_neglected_when_nothing_was_done_for_a_week(
    make_deal: MakeDeal, team: Team, days: int, expected: list[str]
) -> None:
    now = datetime.now(UTC)
    deal = make_deal("Soon", team.ann, closesOn=str(now.date()))
    assert neglected(team.ann) == ["Soon"]
    activity = {
        "kind": "CALL",
        "note": "They think.",
        "happenedAt": (now - timedelta(days=days)).isoformat(),
        "dealId": deal["id"],
    }
    log = """mutation ($input: CreateActivityInput!) {
      createActivity(input: $input) { activity { id } }
    }"""
    team.ann.ask(log, {"input": activity})
    assert neglected(team.ann) == expected


def test_deal_that_closes_later_is_not_neglected(make_deal: MakeDeal, team: Team) -> None:
    today = datetime.now(UTC).date()
    make_deal("Soon", team.ann, closesOn=str(today + timedelta(days=12)))
    make_deal("Later", team.ann, closesOn=str(today + timedelta(days=16)))
    make_deal("Some day", team.ann)
    assert neglected(team.ann) == ["Soon"]


def test_neglected_deals_are_those_that_the_caller_sees(
    make_deal: MakeDeal, team: Team, other_organisation: Organisation
) -> None:
    make_deal("Ann's", team.ann, closesOn="2026-01-31")
    make_deal("Bob's", team.bob, closesOn="2026-01-31")
    assert neglected(team.mia) == ["Ann's"]
    assert neglected(team.max) == ["Ann's", "Bob's"]
    assert neglected(other_organisation.caller("admin")) == []


def test_start_deal_makes_three_records(team: Team) -> None:
    assert team.ann.ask(START, started())["startDeal"] == {
        "title": "Cards",
        "stage": "OPEN",
        "amount": "99.90",
        "owner": {"name": "ann"},
        "account": {"name": "Engines"},
        "contact": {"initials": "AL"},
    }
    assert counts(team.max) == [1, 1, 1]


def test_start_deal_makes_all_or_nothing(team: Team) -> None:
    team.ann.ask(START, started())
    # The account is new, the address of the contact is not.
    refusal = team.ann.refusal(START, started(accountName="Mills"))
    assert (refusal.code, refusal.field) == ("CONFLICT", "input.email")
    assert counts(team.max) == [1, 1, 1]


def test_start_deal_needs_the_scopes_to_write(team: Team, organisation: Organisation) -> None:
    start = "mutation ($input: StartDealInput!) { startDeal(input: $input) { title } }"
    viewer = organisation.person("vic", role="viewer")
    refusal = viewer.refusal(start, started())
    assert refusal.code == "FORBIDDEN"
    assert refusal.message == "startDeal: needs the scope account:write"
    assert counts(team.max) == [0, 0, 0]


def test_start_deal_needs_a_person(team: Team, organisation: Organisation) -> None:
    refusal = organisation.caller("editor").refusal(START, started())
    assert (refusal.code, refusal.message) == (
        "FORBIDDEN",
        "startDeal: needs the token of a person",
    )
    assert counts(team.max) == [0, 0, 0]
