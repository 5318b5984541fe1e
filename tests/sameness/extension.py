"""Own root fields beside the derived ones: plain, failing, and leading into derived types."""

from typing import Any

import strawberry

from models.vendors import Vendor
from repository.criteria import ALL
from repository.reader import Row
from resolvers.context import Context
from resolvers.errors import BadInput
from schema.extension import Extension, Types
from tests.isolation.laboratory import Specimen

Info = strawberry.Info[Context, None]


def extend(types: Types) -> Extension:
    """Fields that answer, that fail and that answer a record."""
    vendor_type: Any = types.of(Vendor)
    specimen_type: Any = types.of(Specimen)

    @strawberry.type
    class Query:
        @strawberry.field
        def echo(self, text: str | None = "nothing") -> str | None:
            return text

        @strawberry.field
        def broken(self) -> str | None:
            raise ValueError("broken")

        @strawberry.field
        def picky(self, size: int = 0) -> int | None:
            if size > 3:
                raise BadInput("picky.size", "must not be more than 3")
            return size

        @strawberry.field
        def needed(self, fails: bool = False) -> int:
            if fails:
                raise BadInput("needed", "failed")
            return 1

        @strawberry.field(graphql_type=vendor_type | None)
        async def some_vendor(self, info: Info) -> Row | None:
            return await info.context.repository(Vendor).find(ALL)

        @strawberry.field(graphql_type=list[specimen_type])
        async def some_specimens(self, info: Info) -> list[Row]:
            row = await info.context.repository(Specimen).find(ALL)
            return [row, row] if row else []

    return Extension(query=Query)
