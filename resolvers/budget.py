"""What one operation may ask for in all, however it spreads it over aliases and fragments."""

from typing import Final

from resolvers.errors import TooComplex

MAX_FIELDS: Final = 5_000
MAX_NODES: Final = 10_000
MAX_VALUES: Final = 5_000
MAX_RELATED: Final = 10
MAX_CONDITIONS: Final = 200
MAX_READS: Final = 250


class Budget:
    """Counts down. A node is a record that a page may hold, for each record the page is of."""

    def __init__(self) -> None:
        self._left = {
            "fields": MAX_FIELDS,
            "nodes": MAX_NODES,
            "values in conditions": MAX_VALUES,
            "conditions through relations": MAX_RELATED,
            "conditions": MAX_CONDITIONS,
            "reads of a table": MAX_READS,
        }
        self._limits = dict(self._left)

    def field(self, place: str) -> None:
        """One more field.

        Raises: TooComplex, as the other methods do.
        """
        self._take("fields", 1, place)

    def nodes(self, count: int, place: str) -> None:
        """``count`` more nodes."""
        self._take("nodes", count, place)

    def values(self, count: int, place: str) -> None:
        """``count`` more values to compare with."""
        self._take("values in conditions", count, place)

    @property
    def taken_values(self) -> int:
        """How many values there are to compare with so far."""
        return MAX_VALUES - self._left["values in conditions"]

    def related(self, place: str) -> None:
        """One more condition through a relation: each is a join the database has to plan."""
        self._take("conditions through relations", 1, place)

    def condition(self, place: str) -> None:
        """One more condition."""
        self._take("conditions", 1, place)

    def reads(self, count: int, place: str) -> None:
        """``count`` more tables that the operation reads from, each time it does."""
        self._take("reads of a table", count, place)

    def _take(self, what: str, count: int, place: str) -> None:
        self._left[what] -= count
        if self._left[what] < 0:
            limit = self._limits[what]
            raise TooComplex(place, f"must not bring the operation to more than {limit} {what}")
