"""Writes that lost their predicate, on tables that lost their policies: two removals each."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import repository.repository
from repository.binds import Statement
from repository.repository import Repository
from repository.session import Session
from tests.holes.serving.ground import ServiceHole, Stage
from tests.holes.serving.predicates import Patch, bare, without_policies


@without_policies("vendor")
def _update(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.update_statement
    patch.setattr(
        repository.repository,
        "update_statement",
        lambda table, columns, **k: (
            written(table, columns, **k) if k else bare(written(table, columns))
        ),
    )


@without_policies("specimen")
def _transition(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.update_statement
    patch.setattr(
        repository.repository,
        "update_statement",
        lambda table, columns, **k: (
            bare(written(table, columns, **k)) if k else written(table, columns)
        ),
    )


@without_policies("observation")
def _delete(patch: pytest.MonkeyPatch) -> None:
    written = repository.repository.delete_statement
    patch.setattr(
        repository.repository, "delete_statement", lambda table, **k: bare(written(table, **k))
    )


_bared: ContextVar[bool] = ContextVar("bared", default=False)


def _baring(method: str) -> Patch:
    """Statements lose their predicate while a method of the repository of vendors runs."""

    def change(patch: pytest.MonkeyPatch) -> None:
        original = getattr(Repository, method)
        fetch, fetch_row = Session.fetch, Session.fetch_row

        async def bared(self: Repository, *of: Any, **given: Any) -> Any:
            token = _bared.set(self._table.type == "Vendor")
            try:
                return await original(self, *of, **given)
            finally:
                _bared.reset(token)

        def fetched(self: Session, statement: Statement, values: Any) -> Any:
            return fetch(self, bare(statement) if _bared.get() else statement, values)

        def fetched_row(self: Session, statement: Statement, values: Any) -> Any:
            return fetch_row(self, bare(statement) if _bared.get() else statement, values)

        patch.setattr(Repository, method, bared)
        patch.setattr(Session, "fetch", fetched)
        patch.setattr(Session, "fetch_row", fetched_row)

    return change


def _changes(table: str, mutation: str) -> Callable[[Stage], Any]:
    """Whether a mutation with a foreign id changes what the database holds of the victim."""

    async def exploit(stage: Stage) -> bool:
        id = await stage.id(table)
        version = await stage.root.fetchval(f"SELECT version FROM data.{table} WHERE id = $1", id)
        query = mutation % (id, version)
        before = await _held(stage, table)
        await stage.ask(stage.attacker, query)
        return await _held(stage, table) != before

    return exploit


async def _held(stage: Stage, table: str) -> list[str]:
    rows = await stage.root.fetch(
        f"SELECT t::text AS row FROM data.{table} AS t WHERE org_id = $1 ORDER BY 1",
        stage.victim.org_id,
    )
    return [row["row"] for row in rows]


async def _upserts(stage: Stage) -> bool:
    name = f"canary-{stage.victim.mark}-vendor-name-1"
    before = await _held(stage, "vendor")
    await stage.asked(
        "mutation ($name: String!) { upsertVendors(input: {records: [{name: $name, tier: HIGH, "
        'website: "https://elsewhere.example"}]}) { vendors { id } } }',
        {"name": name},
    )
    await stage.root.execute(
        "DELETE FROM data.vendor WHERE org_id = $1 AND name = $2", stage.attacker.org_id, name
    )
    return await _held(stage, "vendor") != before


WRITE_HOLES = (
    ServiceHole(
        "update-without-predicate",
        "The update goes by id and version alone, on a table without policies (two removals): it "
        "changes anybody's record.",
        _update,
        _changes(
            "vendor",
            'mutation { updateVendor(input: {id: "%s", version: %s, '
            'website: "https://elsewhere.example"}) { vendor { id } } }',
        ),
    ),
    ServiceHole(
        "transition-without-predicate",
        "A named transition goes by id and version alone, on a table without policies (two "
        "removals).",
        _transition,
        _changes(
            "specimen",
            'mutation { discardSpecimen(input: {id: "%s", version: %s}) { specimen { id } } }',
        ),
    ),
    ServiceHole(
        "delete-without-predicate",
        "The deletion goes by id alone, on a table without policies (two removals).",
        _delete,
        _changes(
            "observation",
            'mutation { deleteObservation(input: {id: "%s", version: %s}) { observation { id } } }',
        ),
    ),
    ServiceHole(
        "bulk-update-without-predicate",
        "The mutation of many records alone leaves out the organisation, on a table without "
        "policies (two removals); that of one record is right.",
        without_policies("vendor")(_baring("update_each")),
        _changes(
            "vendor",
            'mutation { updateVendors(input: {records: [{id: "%s", version: %s, '
            'country: "DE"}]}) { vendors { id } } }',
        ),
    ),
    ServiceHole(
        "upsert-finds-foreign-records",
        "An upsert looks for the record by its name among all organisations, on a table without "
        "policies (two removals), and changes what it finds.",
        without_policies("vendor")(_baring("_upsert")),
        _upserts,
    ),
)
