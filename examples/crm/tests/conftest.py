"""One service for all tests, fresh organisations for each, and a sales team in the first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from palisade.testing import Caller, Organisation, Trial, serving

Record = dict[str, Any]
MakeDeal = Callable[..., Record]


@dataclass(frozen=True)
class Team:
    """Ann and Bob sell, Mia is Ann's manager, Max runs the organisation."""

    ann: Caller
    bob: Caller
    mia: Caller
    max: Caller


@pytest.fixture(scope="session")
def trial() -> Iterator[Trial]:
    with serving("crm") as trial:
        yield trial


@pytest.fixture
def organisation(trial: Trial) -> Organisation:
    return trial.organisation()


@pytest.fixture
def other_organisation(trial: Trial) -> Organisation:
    return trial.organisation()


@pytest.fixture
def team(organisation: Organisation) -> Team:
    mia = organisation.person("mia")
    return Team(
        ann=organisation.person("ann", manager=mia),
        bob=organisation.person("bob"),
        mia=mia,
        max=organisation.caller("admin"),
    )


@pytest.fixture
def make_deal(team: Team) -> MakeDeal:
    """Makes a deal of a person, at an account of its own."""

    def make(title: str, owner: Caller, **fields: object) -> Record:
        account = {"input": {"name": f"Account of {title}"}}
        made = team.max.ask(
            """mutation ($input: CreateAccountInput!) {
              createAccount(input: $input) { account { id } }
            }""",
            account,
        )
        account_id = made["createAccount"]["account"]["id"]
        deal = {"title": title, "ownerId": owner.id, "accountId": account_id, **fields}
        made = team.max.ask(
            """mutation ($input: CreateDealInput!) {
              createDeal(input: $input) { deal { id version accountId } }
            }""",
            {"input": deal},
        )
        record: Record = made["createDeal"]["deal"]
        return record

    return make
