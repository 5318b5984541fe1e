"""The parameters of a statement, and the statement as the driver takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
CONTEXT = "context"
ORG_ID = "org_id"


class Binds:
    """Hands out the parameters of one statement: the org id, then values in order of asking."""

    def __init__(self) -> None:
        self.org_id = sa.bindparam(ORG_ID, type_=sa.Uuid())
        self.context = sa.bindparam(CONTEXT, type_=sa.Text())
        self._count = 0

    def value(self, sql_type: sa.types.TypeEngine[Any]) -> sa.BindParameter[Any]:
        """The next value."""
        name = f"v{self._count}"
        self._count += 1
        return sa.bindparam(name, type_=sql_type)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with numbered parameters, and which value goes to which number."""

    sql: str
    order: tuple[str, ...]
    places: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", tuple(map(_place, self.order)))

    def arguments(self, values: Sequence[object], *, org_id: object, context: str) -> list[object]:
        """The driver's arguments; ``values`` in the order in which they were asked for."""
        known: list[object] = [context, org_id, *values]
        return [known[place] for place in self.places]


def _place(name: str) -> int:
    """Where a parameter's value stands among the context, the organisation and the values."""
    return {CONTEXT: 0, ORG_ID: 1}[name] if name in (CONTEXT, ORG_ID) else int(name[1:]) + 2


def compile_statement(statement: sa.Executable) -> Statement:
    """The statement as text; every value stays a parameter."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return Statement(str(compiled), tuple(compiled.positiontup or ()))
