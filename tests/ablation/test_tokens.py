"""Without one check of a token its attack gets through, and no other one."""

import dataclasses
import os
import subprocess
import sys

import pytest

from auth.issuers import Issuer
from tests.ablation.cuts import apply_cuts
from tests.ablation.token_ablations import ISSUER_TO_ORG, TOKEN_ABLATIONS, TokenAblation
from tests.ablation.token_attacks import ATTACKS, ED, OTHER, OWN, PARTNER, PARTNERS, World, claims


async def _through() -> frozenset[str]:
    assert await World().lets_in(ED.sign(claims()))
    assert await World().lets_in(PARTNERS.sign(claims(iss=PARTNER, org_id="ours")))
    return frozenset([name for name, attack in ATTACKS.items() if await attack(World())])


async def test_no_attack_gets_through_all_checks() -> None:
    assert await _through() == frozenset()


@pytest.mark.parametrize("ablation", TOKEN_ABLATIONS, ids=lambda ablation: ablation.id)
async def test_attack_gets_through_where_its_check_is_removed(
    ablation: TokenAblation, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_cuts(monkeypatch, ablation.cuts)
    assert await _through() == ablation.through


def test_every_attack_gets_through_somewhere() -> None:
    assert set(ATTACKS) == frozenset().union(*(one.through for one in TOKEN_ABLATIONS))


async def test_platform_issuer_names_any_organisation() -> None:
    world = World()
    for org_id in (OWN, OTHER):
        assert await world.lets_in(ED.sign(claims(org_id=str(org_id))))
    assert {field.name for field in dataclasses.fields(Issuer)} == {
        *("name", "audience", "keys", "algorithms", "token_type", "leeway"),
        *("org_claim", "org_ids", "roles_claim", "scope_claim"),
    }, f"a new kind of issuer? Then {ISSUER_TO_ORG.removed!r} is to be written anew"


@pytest.mark.thorough
@pytest.mark.parametrize("place", range(len(TOKEN_ABLATIONS)))
def test_removed_check_is_noticed_by_the_tests_of_tokens(place: int) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "-p", "tests.ablation.cutting", "tests/auth"],
        env={**os.environ, "PALISADE_TEST_CUT": str(place)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 1, f"{TOKEN_ABLATIONS[place].removed}: {run.stdout[-500:]}"
