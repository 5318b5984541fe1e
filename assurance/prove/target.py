"""What is attacked: a running service, and what is known of it beside its answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graphql import GraphQLSchema

from assurance.prove.transport import Transport
from assurance.prove.witness import Witness
from auth.development import DevelopmentIssuer
from models.describe import Catalog
from repository.database import Database


@dataclass(frozen=True, slots=True)
class Target:
    """A service whose tokens ``issuer`` signs. ``schema`` is what the models derive.

    ``logs`` are the lines it wrote since they were asked for last; ``paths``, what it answers
    beside the endpoint; ``lifecycle``, the database on the worker role, to erase at the end;
    ``export_dir``, where it writes what operators export.
    """

    catalog: Catalog
    schema: GraphQLSchema
    transport: Transport
    database: Database
    issuer: DevelopmentIssuer
    witness: Witness
    logs: Callable[[], str]
    endpoint: str = "/graphql"
    paths: tuple[str, ...] = ()
    operators: bool = True
    export_dir: Path | None = None
