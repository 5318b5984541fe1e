"""Compiled operations, kept for the next request of the same shape.

Clients choose the documents and the shapes: one bound over all of them, in number and in text.
A cache belongs to one schema; another schema begins with an empty one.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from repository.compile.roots import Plan
from resolvers.variables import Variables

KEPT_ENTRIES: Final = 4_000
KEPT_CHARACTERS: Final = 8_000_000

Decisive = Sequence[Callable[[Variables], Hashable]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What of an operation is answered by one statement.

    ``plan`` is None where nothing is. ``roots`` are the response keys of the root fields whose
    values the plan gives one by one; None where it gives the whole answer.
    """

    plan: Plan | None
    roots: tuple[str, ...] | None = None


class Plans:
    """Finds by the document's text, the operation, the caller's access and the variables."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Compiled | Decisive] = OrderedDict()
        self._characters = 0

    def find(self, key: Hashable, variables: Variables) -> Compiled | None:
        """What was compiled for a request like this one.

        Raises: what the selection raises for a size or a cursor that breaks a rule.
        """
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        if isinstance(found, Compiled):
            return found
        facts = (key, *(decide(variables) for decide in found))
        compiled = self._kept.get(facts)
        assert compiled is None or isinstance(compiled, Compiled)
        if compiled is not None:
            self._kept.move_to_end(facts)
        return compiled

    def keep(
        self, key: Hashable, compiled: Compiled, *, decisive: Decisive, variables: Variables
    ) -> None:
        """Keeps what was compiled; ``decisive`` are the facts that it also depends on."""
        if not decisive:
            self._put(key, compiled)
            return
        self._put(key, decisive)
        self._put((key, *(decide(variables) for decide in decisive)), compiled)

    def _put(self, key: Hashable, entry: Compiled | Decisive) -> None:
        if key in self._kept:
            self._characters -= _characters(key, self._kept.pop(key))
        self._kept[key] = entry
        self._characters += _characters(key, entry)
        while len(self._kept) > KEPT_ENTRIES or self._characters > KEPT_CHARACTERS:
            self._characters -= _characters(*self._kept.popitem(last=False))


def _characters(key: Hashable, entry: Compiled | Decisive) -> int:
    """Of the document, which every key begins with, and of the statement."""
    while isinstance(key, tuple):
        key = key[0]
    sql = entry.plan.statement.sql if isinstance(entry, Compiled) and entry.plan else ""
    return len(str(key)) + len(sql)
