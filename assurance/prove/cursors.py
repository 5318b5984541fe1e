"""Pages of the attacker's, asked for with cursors of the other organisation's."""

from collections.abc import Iterable, Iterator, Mapping

from assurance.prove.attacks import Attack, Part
from assurance.prove.surface import ALL, PAGE, Surface
from models.describe import Table
from resolvers.fields import ListRecords


class Cursors(Surface):
    """The orders of one schema, and what comes after foreign places in them."""

    def orders(self) -> Iterator[Attack]:
        """Every list in every order, both ways, with its first cursor."""
        parts = (
            self._list(table, f"{{ edges {{ cursor node {{ id {name} }} }} }}", order=(name, way))
            for table, name, way in self.keys_of_order()
        )
        yield from self._packed("orders", self._query, parts)

    def keys_of_order(self) -> Iterator[tuple[Table, str, str]]:
        """Table, field and direction of every order there is."""
        for table, _ in self._roots(ListRecords):
            for name in self._input_type(f"{table.type}Order").fields:
                for direction in ("ASC", "DESC"):
                    yield table, name, direction

    def cursors(self, found: Iterable[str]) -> Iterator[Attack]:
        """What comes after these cursors, which stand in the order of `keys_of_order`.

        What comes before them as well, in ascending order.
        """
        yield from self._packed("cursors", self._query, self._cursor_parts(found))

    def nested_cursors(self, by_type: Mapping[str, str]) -> Iterator[Attack]:
        """Every connection of a record, from a cursor of its type in the order of ids."""
        parts = (
            self._list(
                table,
                f"{{ nodes {{ id {relation.field}(first: {PAGE}, after: "
                f'"{by_type[target.type]}") {{ nodes {{ id }} }} }} }}',
            )
            for table, relation, target in self._connections()
            if target.type in by_type
        )
        yield from self._packed("nested cursors", self._query, parts)

    def _cursor_parts(self, found: Iterable[str]) -> Iterator[Part]:
        for (table, name, direction), cursor in zip(self.keys_of_order(), found, strict=True):
            order = (f"[{table.type}Order!]", [{name: direction}])
            sides = (
                {"first": "after", "last": "before"} if direction == "ASC" else {"first": "after"}
            )
            for size, side in sides.items():
                yield Part(
                    table.plural,
                    {size: ("Int", ALL), side: ("String", cursor), "orderBy": order},
                    f"{{ nodes {{ id {name} }} }}",
                )
