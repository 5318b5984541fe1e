"""What every resolver gets: who asks, what they may do, and the way to their data."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from graphql import GraphQLResolveInfo

from auth.claims import Claims
from auth.organization import OrgId
from models.base import Model
from models.describe import Catalog, Table
from repository.lifecycle import Lifecycle
from repository.reader import Row
from repository.repositories import Repositories
from repository.repository import Repository
from resolvers.access import NO_ACCESS, Access
from resolvers.errors import Forbidden
from resolvers.loaders import Loaders
from resolvers.payloads import Payloads
from resolvers.steps import Selection

Info = GraphQLResolveInfo["Context"]
Provision = Callable[[str, str], Awaitable[Row]]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written for an operator: the folder's name, how many records, and their digest."""

    name: str
    records: int
    digest: str


Export = Callable[[str], Awaitable[Exported]]


@dataclass(slots=True)
class Context:
    """One request's context, built from verified claims.

    ``repositories`` is None for an operator's token, which has no organisation; ``provision`` is
    None for every other one, ``lifecycle`` where the service is no worker besides, and ``export``
    where it has no place to write to either.
    ``payloads``: what reads the payloads of mutations.
    """

    claims: Claims
    request_id: str
    catalog: Catalog
    repositories: Repositories | None
    access: Access = NO_ACCESS
    provision: Provision | None = None
    lifecycle: Lifecycle | None = None
    export: Export | None = None
    selection: Selection = field(default_factory=lambda: Selection({}))
    payloads: Payloads = field(init=False)
    _loaders: Loaders | None = None

    def __post_init__(self) -> None:
        self.payloads = Payloads(self.catalog)

    @property
    def org_id(self) -> OrgId:
        """The organisation of the request.

        Raises: Forbidden, for a token without one.
        """
        return self._bound.org_id

    @property
    def loaders(self) -> Loaders:
        """The loaders of this request, bound to its organisation."""
        if self._loaders is None:
            self._loaders = Loaders(self.org_id, self._bound)
        return self._loaders

    def repository(self, model: type[Model] | Table) -> Repository:
        """The repository of a type, bound to the organisation of the request."""
        return self._bound.of(model)

    def transaction(self) -> AbstractAsyncContextManager[Repositories]:
        """Repositories of the organisation that share one transaction."""
        return self._bound.transaction()

    def check_write(self, model: type[Model], place: str) -> None:
        """That the caller may change records of the type: own mutations have to ask.

        Raises: Forbidden.
        """
        self.access.check_write(self.catalog.tables[model.__name__], place)

    def forget(self) -> None:
        """Throws away what was loaded, because something was written."""
        self._loaders = None

    @property
    def _bound(self) -> Repositories:
        if self.repositories is None:
            raise Forbidden("token", "needs an organisation")
        return self.repositories
