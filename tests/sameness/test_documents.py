"""Drawn documents are answered alike on both ways: values, errors, denials and order of keys."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, Final

import pytest
from graphql import DocumentNode, parse, validate

from resolvers.context import Context
from tests.sameness.answers import Question
from tests.sameness.conftest import Bench
from tests.sameness.documents import Draw, Drawer
from tests.sameness.reduction import reduced

EXAMPLES: Final = int(os.environ.get("PALISADE_SAMENESS_EXAMPLES", "1200"))
FIRST_SEED: Final = int(os.environ.get("PALISADE_SAMENESS_SEED", "1"))
PARTS: Final = 12
CALLERS: Final = (*["admin"] * 7, *["bound"] * 3, "editor", "viewer", "few", "fewer", "none")


@pytest.mark.parametrize("part", range(PARTS))
async def test_drawn_documents_are_answered_alike(
    bench: Bench, cursors: Mapping[tuple[str, str], list[str]], part: int
) -> None:
    wanted = EXAMPLES // PARTS
    number = FIRST_SEED * 10_000_000 + part * 500_000
    drawn = 0
    found: list[str] = []
    while drawn < wanted:
        number += 1
        random = Random(number)
        drawer = Drawer(bench.core, bench.catalog, bench.seeds, cursors, random)
        draw = drawer.draw()
        document = parse(draw.text)
        if validate(bench.core, document, max_errors=1):
            bench.tally.invalid += 1
            continue
        drawn += 1
        for name, variables, org, caller in _requests(drawer, draw, random):
            question = Question(draw.text, document, name, variables)
            make_context = partial(bench.make_context, bench.seeds[org].org_id, caller)
            _, differing = await bench.pair.ask(question, make_context)
            if differing:
                smaller = await _smaller(bench, question, make_context)
                found.append(
                    f"seed {number}, {caller} of organisation {org}, operation {name}\n"
                    f"{smaller}\n{variables}\n" + "\n".join(differing[:5])
                )
                break
        if len(found) >= LIMIT:
            break
    print(part, number, drawn, bench.tally)
    ways = bench.tally.ways
    assert found or ways["whole"] > 0.25 * bench.tally.runs, bench.tally
    assert found or (ways["mixed"] and ways["refused"] and ways["reference"]), bench.tally
    assert found or bench.tally.compiled < 0.8 * bench.tally.runs, bench.tally
    assert not found, "\n\n".join(found)


async def _smaller(bench: Bench, question: Question, make_context: Callable[[], Context]) -> str:
    """A part of the document that is answered in two ways as well; all of it, if none is."""

    async def differs(text: str, document: DocumentNode) -> bool:
        smaller = Question(text, document, question.name, question.variables)
        return bool((await bench.pair.ask(smaller, make_context))[1])

    if not await differs(question.text + " ", question.document):
        return f"(when asked after others) {question.text}"
    return await reduced(question.text, bench.core, differs)


LIMIT: Final = int(os.environ.get("PALISADE_SAMENESS_LIMIT", "3"))


def _requests(
    drawer: Drawer, draw: Draw, random: Random
) -> list[tuple[str | None, dict[str, Any], int, str]]:
    """What is asked of one document, one after the other: plans are kept in between."""
    org = random.choice((0, 2))
    caller, other = random.choice(CALLERS), random.choice(CALLERS)
    first = drawer.values(draw, fresh=False)
    asked = [(draw.names[0], first, org, caller)]
    if draw.variables:
        asked.append((draw.names[0], drawer.values(draw, fresh=True), 2 - org, caller))
        asked.append((draw.names[0], drawer.reshaped(draw), org, caller))
        if random.random() < 0.5:
            asked.append((draw.names[0], drawer.values(draw, fresh=True), org, other))
    else:
        asked.append((draw.names[0], first, 2 - org, other))
    asked += [(name, first, org, caller) for name in draw.names[1:]]
    if random.random() < 0.3:
        random.shuffle(asked)
    return asked
