"""One request's loaders: records asked for by many fields at once are read in one SELECT.

Made for one organisation's repositories, kept for one request, thrown away after each write.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader

from auth.organization import OrgId
from models.describe import Relation, Table
from repository.reader import Page, Row
from repository.repositories import Repositories
from repository.statements import PageRequest


class Loaders:
    """Derived for every type and relation at first use; none takes an organisation."""

    def __init__(self, org_id: OrgId, repositories: Repositories) -> None:
        assert org_id == repositories.org_id
        self._repositories = repositories
        self._by_id: dict[str, DataLoader[UUID, Row | None]] = {}
        self._pages: dict[object, DataLoader[UUID, Page]] = {}

    async def record(self, table: Table, id: UUID) -> Row | None:
        """The record; None where absent or another organisation's."""
        loader = self._by_id.get(table.type)
        if loader is None:
            get_many = self._repositories.of(table).get_many
            loader = self._by_id[table.type] = DataLoader(load_fn=_listed(get_many))
        return await loader.load(id)

    async def page(
        self, source: Table, relation: Relation, *, parent: UUID, request: PageRequest
    ) -> Page:
        """The page of a relation's records for one parent.

        Loads of the same ``request`` object are batched: that of one field of the operation.
        """
        # The request's object and not its value: it is alive as long as the selection.
        key = (source.type, relation.field, id(request))
        loader = self._pages.get(key)
        if loader is None:
            repository = self._repositories.of(source)

            async def pages(parents: list[UUID]) -> list[Page]:
                return await repository.pages(relation, parents, request)

            loader = self._pages[key] = DataLoader(load_fn=pages)
        return await loader.load(parent)


def _listed(
    get_many: Callable[[Sequence[UUID]], Any],
) -> Callable[[list[UUID]], Any]:
    async def load(ids: list[UUID]) -> list[Row | None]:
        rows: list[Row | None] = await get_many(ids)
        return rows

    return load
