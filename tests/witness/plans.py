"""What PostgreSQL itself makes of a statement: each scan of an org-owned table, and its conditions.

The plan is made for a superuser, whom no policy binds: a predicate that is in it comes from the
statement. It is the generic one, in which parameters stay parameters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from models.base import DATA_SCHEMA

_CONDITIONS: Final = ("Index Cond", "Recheck Cond", "Filter")
_LAZY: Final = ("InitPlan", "SubPlan")
_OWNED: Final = re.compile(
    r"\(?(?:\w+\.)?org_id = \$(\d+)(?:::uuid)?\)?|\(?\$(\d+) = (?:\w+\.)?org_id\)?"
)


@dataclass(frozen=True, slots=True)
class Scan:
    """One place of a plan that reads rows of an org-owned table.

    ``lazy``: inside a sub-plan, which runs only when its value is asked for.
    """

    table: str
    alias: str
    conditions: tuple[str, ...]
    lazy: bool

    @property
    def org_places(self) -> frozenset[int]:
        """The parameters that ``org_id`` has to equal."""
        return frozenset().union(*map(places, self.conditions))


def scans(node: dict[str, Any], *, lazy: bool = False) -> Iterator[Scan]:
    """Every scan of an org-owned table at this node and below it."""
    lazy = lazy or node.get("Parent Relationship") in _LAZY
    if node.get("Schema") == DATA_SCHEMA and node["Node Type"] != "ModifyTable":
        conditions = tuple(node[name] for name in _CONDITIONS if name in node)
        yield Scan(node["Relation Name"], node.get("Alias", ""), conditions, lazy)
    for child in node.get("Plans", ()):
        yield from scans(child, lazy=lazy)


def relations(node: dict[str, Any]) -> Iterator[str]:
    """Every relation that the plan reads or writes, with its schema."""
    if "Relation Name" in node:
        yield f"{node['Schema']}.{node['Relation Name']}"
    for child in node.get("Plans", ()):
        yield from relations(child)


def places(condition: str) -> frozenset[int]:
    """The parameters that ``org_id`` equals wherever a condition holds, as EXPLAIN writes it.

    Of what is joined by AND any, of what is joined by OR each has to say so: the planner
    hands the predicate on to the branches of an OR, where each has an index scan of its own.
    """
    condition = condition.strip()
    if match := _OWNED.fullmatch(condition):
        return frozenset({int(match[1] or match[2])})
    if not _wrapped(condition):
        return frozenset()
    inner = condition[1:-1]
    for joint in (" AND ", " OR "):
        parts = _split(inner, joint)
        if len(parts) > 1:
            found = [places(part) for part in parts]
            return frozenset.union(*found) if joint == " AND " else frozenset.intersection(*found)
    return frozenset()


def _split(text: str, joint: str) -> list[str]:
    """What stands between the joints that are in no brackets."""
    parts, depth, start = [], 0, 0
    for place, character in _outside_quotes(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth and text.startswith(joint, place):
            parts.append(text[start:place])
            start = place + len(joint)
    return [*parts, text[start:]]


def _wrapped(text: str) -> bool:
    """Whether one pair of brackets is around it all."""
    if not text.startswith("("):
        return False
    depth = 0
    for place, character in _outside_quotes(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth:
            return place == len(text) - 1
    return False


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    quote = ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            yield place, character
