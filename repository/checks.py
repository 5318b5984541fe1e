"""What must hold once records were changed, beyond what the database's constraints say.

All of it is asked in the transaction of the change: where it does not hold, nothing happens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from models.base import camel_case
from models.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Guard,
    NotMet,
    Operator,
    Related,
)
from models.describe import Cardinality, Relation, Table
from repository.criteria import Compare, Every, criteria_of, values
from repository.errors import (
    GuardRefused,
    LeadsBack,
    NotFound,
    ReferenceMissing,
    RowRefused,
    StillReferenced,
)
from repository.session import Session

Row = Mapping[str, Any]


class Checks:
    """The checks of one table for one session."""

    def __init__(self, session: Session, table: Table) -> None:
        self._session = session
        self._table = table

    def needed(self, columns: Sequence[str]) -> bool:
        """Whether something must be asked after these columns were written."""
        return (
            any(self._guards(columns))
            or self._table.type in self._session.ruled
            or any(relation.acyclic or self._is_ruled(relation) for relation in self._set(columns))
        )

    async def before(self, ids: Sequence[UUID]) -> None:
        """That the caller sees the records that are to be changed.

        Raises: NotFound.
        """
        await self._lock_seen(ids, whole=False)

    async def before_update(self, ids: Sequence[UUID]) -> None:
        """That the caller sees the records, and that their fields may be changed.

        Raises: NotFound, GuardRefused.
        """
        await self.before(ids)
        if self._table.editable and await self._present(ids):
            await self._check_guards([self._table.editable], ids)

    async def before_deletion(self, id: UUID) -> None:
        """That the caller sees the record, and all records that would go with it.

        Raises: NotFound, StillReferenced.
        """
        await self._lock_seen([id], whole=True)
        await self._check_gone_with(id)

    async def after(
        self, rows: Sequence[Row], columns: Sequence[str], *, guards: Sequence[Guard] = ()
    ) -> None:
        """What a change of these columns needs, and ``guards``; with ``id``, a new record.

        Raises: GuardRefused, LeadsBack, ReferenceMissing, RowRefused.
        """
        ids = [row["id"] for row in rows]
        for relation in filter(self._is_ruled, self._set(columns)):
            target = self._session.catalog.target(relation)
            wanted = {row[relation.key] for row in rows if row[relation.key] is not None}
            if not await self._all_seen(target, wanted):
                raise ReferenceMissing(relation.key)
        # Behind the references: it must not tell where a record leads that the caller can't see.
        for relation in self._set(columns):
            if relation.acyclic:
                await self.check_acyclic(relation, ids)
        await self._check_guards((*self._guards(columns), *guards), ids)
        if not await self._all_seen(self._table, ids):
            raise RowRefused(tuple(rule.description for rule in self._table.row_rules))

    async def check_acyclic(self, relation: Relation, ids: Sequence[UUID]) -> None:
        """That none of the records leads back to itself.

        Raises: LeadsBack.
        """
        # Of two changes at a time that would close a circle together, the second one waits here,
        # and sees what the first one did.
        session = self._session
        await session.take_turns(f"{self._table.type}|{relation.key}")
        statement = session.seeing_all.statements.leads_back(self._table, relation)
        if await session.fetch(statement, [list(ids)]):
            raise LeadsBack(relation.key)

    def _set(self, columns: Sequence[str]) -> Iterator[Relation]:
        return (
            relation
            for relation in self._table.relations
            if relation.cardinality is Cardinality.ONE and relation.key in columns
        )

    def _guards(self, columns: Sequence[str]) -> Iterator[Guard]:
        """All for a new record; later those that name a column which is written. So nobody is
        kept from revoking what could not be granted any more.
        """
        for guard in self._table.guards:
            if "id" in columns or _named(guard.requires, self._table) & set(columns):
                yield guard

    def _is_ruled(self, relation: Relation) -> bool:
        return relation.target in self._session.ruled

    async def _check_guards(self, guards: Sequence[Guard], ids: Sequence[UUID]) -> None:
        """Guards look at all records, also at those the caller doesn't see."""
        if not guards:
            return
        session, table = self._session.seeing_all, self._table
        among = Compare(table.by_name["id"], Operator.IN, list(ids))
        wheres = [
            Every((among, criteria_of(guard.requires, table, session.catalog))) for guard in guards
        ]
        statement = session.statements.counts(table, wheres)
        bound = [value for where in wheres for value in values(where)]
        counts = await session.fetch_row(statement, bound)
        for guard, count in zip(guards, counts, strict=True):
            if count != len(ids):
                raise GuardRefused(guard.rule)

    async def _present(self, ids: Sequence[UUID]) -> bool:
        """Whether all of the records are there at all."""
        statement = self._session.statements.by_ids(self._table)
        return len(await self._session.fetch(statement, [list(ids)])) == len(ids)

    async def _all_seen(self, table: Table, ids: Iterable[UUID]) -> bool:
        """Whether the caller sees all of the records."""
        wanted = list(set(ids))
        if table.type not in self._session.ruled or not wanted:
            return True
        statement = self._session.statements.seen(table)
        return len(await self._session.fetch(statement, [wanted])) == len(wanted)

    async def _lock_seen(self, ids: Sequence[UUID], *, whole: bool) -> None:
        if self._table.type not in self._session.ruled:
            return
        if len(await lock(self._session, self._table, ids, whole=whole)) < len(set(ids)):
            raise NotFound

    async def _check_gone_with(self, id: UUID) -> None:
        """Follows what goes with a deleted record as far as types lead whose rules bind the actor.

        Raises: StillReferenced.
        """
        session = self._session
        found: dict[str, set[UUID]] = {self._table.type: {id}}
        todo = [(self._table, {id})]
        while todo:
            parent, ids = todo.pop()
            for relation in parent.relations:
                child = session.catalog.target(relation)
                if not relation.cascades or not self._takes_ruled_along(child):
                    continue
                statement = session.seeing_all.statements.referring(child, relation.key)
                gone = set(await session.fetch(statement, [list(ids)]))
                gone -= found.setdefault(child.type, set())
                if not await self._all_seen(child, gone):
                    raise StillReferenced(child.type)
                if gone:
                    found[child.type] |= gone
                    todo.append((child, gone))

    def _takes_ruled_along(self, table: Table) -> bool:
        session = self._session
        gone = (table, *session.catalog.deleted_with(table))
        return any(one.type in session.ruled for one in gone)


async def lock(
    session: Session, table: Table, ids: Iterable[UUID], *, whole: bool = False
) -> list[UUID]:
    """Which of the records the caller sees; they stay as they are until the transaction ends.

    ``whole``: no new record gets to refer to them either.
    """
    # Row locks need the right to update; what nobody updates stays as it is.
    strength = ("UPDATE" if whole else "NO KEY UPDATE") if table.exposure.update else ""
    statement = session.statements.seen(table, lock=strength)
    found: list[UUID] = await session.fetch(statement, [list(ids)])
    return found


def _named(condition: Condition, table: Table) -> frozenset[str]:
    """The columns of the table itself that a condition looks at."""
    match condition:
        case Comparison(column, _, _):
            return frozenset({column})
        case Related(name, _):
            relation = table.relation_by_field[camel_case(name)]
            return frozenset({relation.key} if relation.cardinality is Cardinality.ONE else ())
        case AllOf(of) | AnyOf(of):
            return frozenset().union(*(_named(one, table) for one in of))
        case NotMet(of):
            return _named(of, table)
