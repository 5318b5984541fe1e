"""The comparison of times, on samples that are made up."""

from random import Random

import pytest

from assurance.prove.timing import BOUND_US, compare


def sample(seed: int, *, shift: float, size: int = 2000) -> list[float]:
    drawn = Random(seed)
    return [0.001 + shift + abs(drawn.gauss(0, 0.0003)) for _ in range(size)]


@pytest.mark.parametrize("seed", range(20))
def test_samples_alike_do_not_differ(seed: int) -> None:
    assert not compare(sample(seed, shift=0), sample(seed + 100, shift=0)).differs


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shift", [100e-6, -100e-6])
def test_a_shift_above_the_bound_differs(seed: int, shift: float) -> None:
    found = compare(sample(seed, shift=shift), sample(seed + 100, shift=0))
    assert found.differs
    assert found.p < 1e-6
    assert found.difference_us == pytest.approx(shift * 1e6, abs=30)
    assert "2,000 pairs" in found.sentence


def test_a_certain_shift_below_the_bound_does_not_differ() -> None:
    found = compare(sample(1, shift=30e-6), sample(2, shift=0))
    assert found.p < 0.001
    assert abs(found.difference_us) < BOUND_US
    assert not found.differs


def test_a_large_shift_of_few_is_chance() -> None:
    assert not compare([0.001, 0.002], [0.003, 0.004]).differs


def test_ties_are_shared() -> None:
    found = compare([1.0, 1.0, 2.0], [1.0, 2.0, 2.0])
    assert found.u == 3.0
    assert compare([1.0] * 5, [1.0] * 5).p == 1.0
