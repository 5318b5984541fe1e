"""A plugin under which a whole run of tests lacks one check: the ``PALISADE_TEST_CUT``-th one."""

import os

import pytest

from tests.ablation.cuts import apply_cuts
from tests.ablation.token_ablations import TOKEN_ABLATIONS


def pytest_collection_finish(session: pytest.Session) -> None:
    """Once every module is there that may hold the function by its name."""
    apply_cuts(pytest.MonkeyPatch(), TOKEN_ABLATIONS[int(os.environ["PALISADE_TEST_CUT"])].cuts)
