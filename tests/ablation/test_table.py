"""The table of docs/isolation.md is what the tests beside this one measure."""

from collections.abc import Iterable, Mapping

from tests.ablation import (
    database_ablations,
    endpoint_ablations,
    repository_ablations,
    token_ablations,
)
from tests.ablation.database_ablations import CONTEXT_ABLATIONS, POLICY_ABLATIONS
from tests.ablation.database_attacks import CONTEXT_ATTACKS, POLICY_ATTACKS
from tests.ablation.endpoint_ablations import ENDPOINT_ABLATIONS
from tests.ablation.repository_ablations import KEY_ABLATIONS, REPOSITORY_ABLATIONS
from tests.ablation.repository_attacks import REPOSITORY_ATTACKS
from tests.ablation.table import Ablation, documented, rendered
from tests.ablation.token_ablations import ISSUER_TO_ORG, TOKEN_ABLATIONS
from tests.ablation.token_attacks import ATTACKS as TOKEN_ATTACKS

# Each kind's test asserts that what is written here is what got through.
ROWS: tuple[Ablation, ...] = (
    *REPOSITORY_ABLATIONS,
    *POLICY_ABLATIONS,
    *CONTEXT_ABLATIONS,
    *KEY_ABLATIONS,
    *TOKEN_ABLATIONS,
    ISSUER_TO_ORG,
    *ENDPOINT_ABLATIONS,
)


LISTS: Mapping[str, Iterable[str]] = {
    repository_ablations.TRIED: REPOSITORY_ATTACKS,
    repository_ablations.KEY_TRIED: repository_ablations.KEY_ATTACKS,
    database_ablations.POLICY_TRIED: POLICY_ATTACKS,
    database_ablations.CONTEXT_TRIED: CONTEXT_ATTACKS,
    token_ablations.TRIED: TOKEN_ATTACKS,
    endpoint_ablations.TRIED: endpoint_ablations.ENDPOINT_ATTACKS,
}


def test_table_stands_in_the_document() -> None:
    """``PALISADE_WRITE_DOCS=1`` puts it there."""
    table = rendered(ROWS, LISTS)
    assert documented(table) == table


def test_every_row_is_another_one() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
