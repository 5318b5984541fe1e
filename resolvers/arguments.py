"""The arguments of derived fields → criteria, orders and pages, checked value by value."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.conditions import Operator
from models.describe import Catalog, Column, Table
from repository.criteria import ALL, Compare, Criteria, Every, Not, Some, Through
from repository.errors import CursorRefused
from repository.order import Cursor, Key, Order, complete_order, decode_cursor
from repository.reading import Variable
from repository.statements import PageRequest
from resolvers.access import Access
from resolvers.budget import MAX_VALUES, Budget
from resolvers.errors import BadInput
from resolvers.values import MAX_LIST, filter_value, record_id
from resolvers.variables import Direction, Slot, Variables, checked, present

Arguments = Mapping[str, Any]

DEFAULT_PAGE: Final = 20
LARGEST_PAGE: Final = 100
MAX_ORDER_KEYS: Final = 5
MAX_CONDITION_DEPTH: Final = 10
MAX_GROUP_KEYS: Final = 4
DEFAULT_GROUPS: Final = 100
MOST_GROUPS: Final = 1000


@dataclass(frozen=True, slots=True)
class PageParts:
    """Which parts of a connection a client asks for, besides its rows."""

    cursors: bool
    total: bool


class ArgumentReader:
    """Reads arguments under one caller's access.

    ``decisive`` are the facts about values, besides the shape of the variables, that decide the
    SQL or the budget: sizes of pages, how many ids there are, which keys of a cursor are null.
    """

    def __init__(self, catalog: Catalog, access: Access, budget: Budget) -> None:
        self._decisive: list[Callable[[Variables], Hashable]] = []
        self._lists: list[Slot] = []
        self._catalog = catalog
        self._access = access
        self._budget = budget

    @property
    def decisive(self) -> Sequence[Callable[[Variables], Hashable]]:
        """The facts to compare another request by."""
        if not self._lists:
            return self._decisive
        # How many values there are in all has a limit, and doesn't matter below it.
        most = MAX_VALUES - self._budget.taken_values + sum(len(one.value) for one in self._lists)
        lists = tuple(self._lists)
        return [
            *self._decisive,
            lambda variables: sum(len(one.later(variables)) for one in lists) <= most,
        ]

    def id(self, given: Any) -> object:
        """The id of an ``id`` argument."""
        return checked(given, record_id)

    def ids(self, given: Any, place: str) -> tuple[object, int]:
        """The ids of an ``ids`` argument, and how many they are.

        Raises: BadInput.
        """

        def check(ids: Sequence[Any]) -> list[object]:
            if len(ids) > MAX_LIST:
                raise BadInput(place, f"must not have more than {MAX_LIST} entries")
            return [record_id(id) for id in ids]

        ids = checked(given, check)
        if isinstance(given, Slot):
            self._decisive.append(lambda variables: len(given.later(variables)))
        return ids, len(present(given))

    def page(
        self, table: Table, arguments: Arguments, place: str, *, parts: PageParts
    ) -> PageRequest:
        """The page that the arguments of a connection ask for.

        Raises: BadInput, Forbidden.
        """
        order = self.order(table, arguments.get("orderBy") or (), place)
        first, last = arguments.get("first"), arguments.get("last")
        after, before = arguments.get("after"), arguments.get("before")
        if last is not None and (first is not None or after is not None):
            raise BadInput(f"{place}.last", "must not be combined with first or after")
        if before is not None and last is None:
            raise BadInput(f"{place}.before", "needs last")
        backward = last is not None
        return PageRequest(
            order=order,
            limit=self._size(last, f"{place}.last")
            if backward
            else self._size(first, f"{place}.first"),
            where=self.where(table, arguments.get("where"), place),
            cursor=self._cursor(before, table, order, f"{place}.before")
            if backward
            else self._cursor(after, table, order, f"{place}.after"),
            backward=backward,
            with_cursors=parts.cursors,
            with_total=parts.total,
        )

    def order(self, table: Table, given: Sequence[Arguments], place: str) -> Order:
        """The order the entries make, completed by id.

        Raises: BadInput, Forbidden.
        """
        if len(given) > MAX_ORDER_KEYS:
            raise BadInput(f"{place}.orderBy", f"must not have more than {MAX_ORDER_KEYS} entries")
        keys: list[Key] = []
        for index, entry in enumerate(given):
            spot = f"{place}.orderBy.{index}"
            chosen = [(name, value) for name, value in entry.items() if value is not None]
            if len(chosen) != 1:
                raise BadInput(spot, "must name exactly one field")
            ((name, direction),) = chosen
            column = table.by_field[name]
            if any(key.column == column for key in keys):
                raise BadInput(f"{spot}.{name}", "must not be named twice")
            self._access.check_read(table, column, f"{spot}.{name}")
            keys.append(Key(column, direction is Direction.DESC))
        return complete_order(table, keys)

    def groups(
        self, table: Table, arguments: Arguments, place: str
    ) -> tuple[tuple[Column, ...], int]:
        """The columns to group by, and how many groups.

        Raises: BadInput, Forbidden.
        """
        given = arguments["by"]
        if not 1 <= len(given) <= MAX_GROUP_KEYS:
            raise BadInput(f"{place}.by", f"must have from 1 to {MAX_GROUP_KEYS} entries")
        keys = tuple(table.by_field[key.value] for key in given)
        if len(set(keys)) < len(keys):
            raise BadInput(f"{place}.by", "must not name a field twice")
        for column in keys:
            self._access.check_read(table, column, f"{place}.by.{column.field}")
        limit = self._size(
            arguments.get("first"), f"{place}.first", default=DEFAULT_GROUPS, most=MOST_GROUPS
        )
        return keys, limit

    def where(self, table: Table, given: Arguments | None, place: str) -> Criteria:
        """The criteria of a ``where`` argument.

        Raises: BadInput, Forbidden.
        """
        if given is None:
            return ALL
        return self._every(table, given, f"{place}.where", depth=MAX_CONDITION_DEPTH)

    def _size(
        self, given: Any, place: str, *, default: int = DEFAULT_PAGE, most: int = LARGEST_PAGE
    ) -> int:
        def check(size: int) -> int:
            if not 1 <= size <= most:
                raise BadInput(place, f"must be between 1 and {most}")
            return size

        if given is None:
            return default
        if isinstance(given, Slot):
            self._decisive.append(lambda variables: check(given.later(variables)))
        return check(present(given))

    def _cursor(self, given: Any, table: Table, order: Order, place: str) -> Cursor | None:
        def decode(text: str) -> Cursor:
            try:
                return decode_cursor(text, table, order)
            except CursorRefused as error:
                rule = "must be a cursor of this connection in this order"
                raise BadInput(place, rule) from error

        if given is None:
            return None
        cursor = decode(present(given))
        if not isinstance(given, Slot):
            return cursor
        self._decisive.append(lambda variables: decode(given.later(variables)).nulls)

        def key(index: int) -> Callable[[Variables], object]:
            return lambda variables: decode(given.later(variables)).values[index]

        return Cursor(
            tuple(
                None if value is None else Variable(value, key(index))
                for index, value in enumerate(cursor.values)
            )
        )

    def _every(self, table: Table, given: Arguments, place: str, *, depth: int) -> Criteria:
        if depth == 0:
            raise BadInput(place, f"must not be nested deeper than {MAX_CONDITION_DEPTH} levels")
        self._budget.condition(place)
        found: list[Criteria] = []
        for key, value in given.items():
            name = key.rstrip("_")
            spot = f"{place}.{name}"
            if value is None:
                raise BadInput(spot, "must not be null; leave it out, or use isNull")
            if name in ("and", "or"):
                items = tuple(
                    self._every(table, item, f"{spot}.{index}", depth=depth - 1)
                    for index, item in enumerate(value)
                )
                found.append(Every(items) if name == "and" else Some(items))
            elif name == "not":
                found.append(Not(self._every(table, value, spot, depth=depth - 1)))
            elif relation := table.relation_by_field.get(name):
                target = self._catalog.target(relation)
                self._access.check_relation(self._catalog, table, relation, place=spot)
                self._budget.related(spot)
                inner = self._every(target, value, spot, depth=depth - 1)
                found.append(Through(relation, inner))
            else:
                column = table.by_field[name]
                self._access.check_read(table, column, spot)
                for operator, item in value.items():
                    self._budget.condition(spot)
                    operator = operator.rstrip("_")
                    found.append(self._compare(column, operator, item, f"{spot}.{operator}"))
        return Every(tuple(found))

    def _compare(self, column: Column, name: str, value: Any, place: str) -> Compare:
        operator = Operator(name)
        if value is None:
            raise BadInput(place, "must not be null; use isNull")
        if operator is Operator.IS_NULL:
            return Compare(column, operator, value)
        if operator is not Operator.IN:
            return Compare(
                column, operator, checked(value, lambda one: filter_value(column, one, place))
            )

        def check(items: Sequence[Any]) -> list[object]:
            if len(items) > MAX_LIST:
                raise BadInput(place, f"must not have more than {MAX_LIST} entries")
            return [filter_value(column, item, f"{place}.{i}") for i, item in enumerate(items)]

        items = checked(value, check)
        self._budget.values(len(present(value)), place)
        if isinstance(value, Slot):
            self._lists.append(value)
        return Compare(column, operator, items)
