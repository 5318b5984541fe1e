"""The table of docs/isolation.md is what the tests beside this one measure."""

from tests.ablation.database_ablations import CONTEXT_ABLATIONS, POLICY_ABLATIONS
from tests.ablation.endpoint_ablations import ENDPOINT_ABLATIONS
from tests.ablation.repository_ablations import KEY_ABLATIONS, REPOSITORY_ABLATIONS
from tests.ablation.table import Ablation, documented, rendered
from tests.ablation.token_ablations import ISSUER_TO_ORG, TOKEN_ABLATIONS

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


def test_table_stands_in_the_document() -> None:
    """``PALISADE_WRITE_DOCS=1`` puts it there."""
    table = rendered(ROWS)
    assert documented(table) == table


def test_every_row_is_another_one() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
