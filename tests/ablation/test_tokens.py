"""Without one check of a token its attack gets through, and no other one."""

import pytest

from tests.ablation.cuts import apply_cuts
from tests.ablation.token_ablations import TOKEN_ABLATIONS, TokenAblation
from tests.ablation.token_attacks import ATTACKS, ED, PARTNER, PARTNERS, World, claims


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
