"""Who sees which deals, how they move, and what is computed of them."""

from palisade.testing import Caller, Organisation

from .conftest import MakeDeal, Record, Team

TITLES = "{ deals(orderBy: [{title: ASC}]) { totalCount nodes { title } } }"
CREATE = "mutation ($input: CreateDealInput!) { createDeal(input: $input) { deal { stage } } }"
LOG = """
mutation ($input: CreateActivityInput!) { createActivity(input: $input) { activity { note } } }
"""
WIN = "mutation ($input: TransitionInput!) { winDeal(input: $input) { deal { stage version } } }"
LOSE = WIN.replace("win", "lose")
REOPEN = WIN.replace("win", "reopen")


def titles(caller: Caller) -> list[str]:
    """The titles of the deals that the caller sees."""
    deals = caller.ask(TITLES)["deals"]
    found = [deal["title"] for deal in deals["nodes"]]
    assert deals["totalCount"] == len(found)
    return found


def of(deal: Record, **more: object) -> Record:
    """The variables of a change of the deal."""
    return {"input": {"id": deal["id"], "version": deal["version"], **more}}


def call_about(deal: Record, note: str) -> Record:
    """The variables that log a call."""
    return {
        "input": {
            "kind": "CALL",
            "note": note,
            "happenedAt": "2026-11-02T10:00:00Z",
            "dealId": deal["id"],
        }
    }


def test_deals_are_seen_by_owner_manager_and_admin(make_deal: MakeDeal, team: Team) -> None:
    make_deal("Ann's", team.ann)
    make_deal("Bob's", team.bob)
    assert titles(team.ann) == ["Ann's"]
    assert titles(team.bob) == ["Bob's"]
    assert titles(team.mia) == ["Ann's"]
    assert titles(team.max) == ["Ann's", "Bob's"]


def test_scope_all_frees_from_row_rules(
    make_deal: MakeDeal, team: Team, organisation: Organisation
) -> None:
    make_deal("Ann's", team.ann)
    assert titles(organisation.caller("viewer")) == []
    assert titles(organisation.caller("viewer", scopes=["deal:all"])) == ["Ann's"]


def test_deal_of_another_organisation_is_not_there(
    make_deal: MakeDeal, team: Team, other_organisation: Organisation
) -> None:
    deal = make_deal("Ann's", team.ann)
    get = "query ($id: ID!) { deal(id: $id) { title } }"
    theirs = other_organisation.caller("admin")
    assert team.max.ask(get, {"id": deal["id"]})["deal"] == {"title": "Ann's"}
    assert theirs.ask(get, {"id": deal["id"]})["deal"] is None
    assert theirs.refusal(LOSE, of(deal, reason="Ours now.")).code == "NOT_FOUND"


def test_activities_follow_their_deal(make_deal: MakeDeal, team: Team) -> None:
    team.ann.ask(LOG, call_about(make_deal("Ann's", team.ann), "About Ann's"))
    team.bob.ask(LOG, call_about(make_deal("Bob's", team.bob), "About Bob's"))
    notes = "{ activities { nodes { note deal { title } } } }"
    of_ann = [{"note": "About Ann's", "deal": {"title": "Ann's"}}]
    assert team.ann.ask(notes)["activities"]["nodes"] == of_ann
    assert team.mia.ask(notes)["activities"]["nodes"] == of_ann
    assert len(team.max.ask(notes)["activities"]["nodes"]) == 2


def test_activity_needs_a_deal_that_its_caller_sees(make_deal: MakeDeal, team: Team) -> None:
    call = call_about(make_deal("Bob's", team.bob), "Hm.")
    refusal = team.ann.refusal(LOG, call)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "input.dealId")
    assert team.bob.ask(LOG, call)["createActivity"]["activity"] == {"note": "Hm."}


def test_deal_is_given_away_by_the_manager_only(make_deal: MakeDeal, team: Team) -> None:
    give = """mutation ($input: UpdateDealInput!) {
      updateDeal(input: $input) { deal { owner { name } } }
    }"""
    change = of(make_deal("Ann's", team.ann), ownerId=team.mia.id)
    # Ann would not see the deal afterwards.
    assert team.ann.refusal(give, change).code == "FORBIDDEN"
    assert titles(team.ann) == ["Ann's"]
    assert team.max.ask(give, change)["updateDeal"]["deal"] == {"owner": {"name": "mia"}}
    assert titles(team.ann) == []
    assert titles(team.mia) == ["Ann's"]


def test_deal_without_an_amount_is_not_won(make_deal: MakeDeal, team: Team) -> None:
    refusal = team.ann.refusal(WIN, of(make_deal("Empty", team.ann)))
    assert refusal.code == "CONFLICT"
    assert "must have an amount" in refusal.message
    won = team.ann.ask(WIN, of(make_deal("Full", team.ann, amount="1000")))
    assert won["winDeal"]["deal"] == {"stage": "WON", "version": 2}


def test_deal_is_lost_with_a_reason_and_can_be_reopened(make_deal: MakeDeal, team: Team) -> None:
    deal = make_deal("Ann's", team.ann)
    assert team.ann.refusal(LOSE, of(deal)).field == "input.reason"
    deal |= team.ann.ask(LOSE, of(deal, reason="Too dear."))["loseDeal"]["deal"]
    assert deal["stage"] == "LOST"
    refusal = team.ann.refusal(LOSE, of(deal, reason="Still too dear."))
    assert (refusal.code, refusal.field) == ("CONFLICT", "stage")
    assert "reopenDeal" in refusal.message
    deal |= team.ann.ask(REOPEN, of(deal))["reopenDeal"]["deal"]
    assert deal["stage"] == "OPEN"


def test_account_has_one_open_deal_of_a_title(make_deal: MakeDeal, team: Team) -> None:
    deal = make_deal("Licences", team.ann)
    twin = {"input": {"title": "Licences", "ownerId": team.ann.id, "accountId": deal["accountId"]}}
    assert team.ann.refusal(CREATE, twin).code == "CONFLICT"
    team.ann.ask(LOSE, of(deal, reason="Next year."))
    assert team.ann.ask(CREATE, twin)["createDeal"]["deal"] == {"stage": "OPEN"}


def test_expected_is_amount_by_probability(make_deal: MakeDeal, team: Team) -> None:
    make_deal("A", team.ann, amount="1000.50", probability=25)
    make_deal("B", team.ann)
    deals = team.ann.ask("{ deals(orderBy: [{title: ASC}]) { nodes { expected } } }")["deals"]
    assert [deal["expected"] for deal in deals["nodes"]] == ["250.12", None]


def test_expected_is_as_secret_as_the_amount(
    make_deal: MakeDeal, team: Team, organisation: Organisation
) -> None:
    make_deal("A", team.ann, amount="1000")
    viewer = organisation.caller("viewer", scopes=["deal:all"])
    assert len(viewer.ask("{ deals { nodes { probability } } }")["deals"]["nodes"]) == 1
    assert viewer.refusal("{ deals { nodes { amount } } }").code == "FORBIDDEN"
    assert viewer.refusal("{ deals { nodes { expected } } }").code == "FORBIDDEN"


def test_deals_are_grouped_by_stage_as_far_as_they_are_seen(
    make_deal: MakeDeal, team: Team
) -> None:
    make_deal("A", team.ann, amount="100")
    make_deal("B", team.ann, amount="200")
    team.ann.ask(WIN, of(make_deal("C", team.ann, amount="400")))
    make_deal("Bob's", team.bob, amount="800")
    pipeline = "{ dealsGrouped(by: [stage]) { key { stage } count sum { amount } } }"
    assert team.mia.ask(pipeline)["dealsGrouped"] == [
        {"key": {"stage": "OPEN"}, "count": 2, "sum": {"amount": "300.00"}},
        {"key": {"stage": "WON"}, "count": 1, "sum": {"amount": "400.00"}},
    ]
