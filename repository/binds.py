"""The parameters of a statement, and the statement as the driver takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
CONTEXT = "context"
ORG_ID = "org_id"
SUBJECT = "subject"
_KNOWN = (CONTEXT, ORG_ID, SUBJECT)


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
    """SQL text with numbered parameters, and which value goes to which number.

    ``fixed`` are values that are part of the statement, such as those of a row rule.
    """

    sql: str
    order: tuple[str, ...]
    fixed: tuple[object, ...] = ()
    places: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places = (_place(name, len(self.fixed)) for name in self.order)
        object.__setattr__(self, "places", tuple(places))

    def arguments(
        self,
        values: Sequence[object],
        *,
        org_id: object,
        context: str,
        subject: str | None = None,
    ) -> list[object]:
        """The driver's arguments; ``values`` in the order in which they were asked for."""
        known: list[object] = [context, org_id, subject, *self.fixed, *values]
        return [known[place] for place in self.places]


def _place(name: str, fixed: int) -> int:
    """Where a parameter's value stands among what is known, what is fixed and the values."""
    if name in _KNOWN:
        return _KNOWN.index(name)
    return int(name[1:]) + len(_KNOWN) + (0 if name[0] == "f" else fixed)


def compile_statement(statement: sa.Executable) -> Statement:
    """The statement as text; every value stays a parameter."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return Statement(str(compiled), tuple(compiled.positiontup or ()))
