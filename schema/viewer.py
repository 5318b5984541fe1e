"""Who is asking: the root field that no table stands behind."""

from typing import Any

import strawberry

from models.organization import Organization
from repository.reader import Row
from resolvers.context import Context
from schema.extension import Extension, Types

Info = strawberry.Info[Context, None]


def extend(types: Types) -> Extension:
    """``viewer``."""
    organization_type: Any = types.of(Organization)

    @strawberry.type(description="Who is asking, as the access token says.")
    class Viewer:
        subject: str = strawberry.field(description="The token's subject.")
        client_id: str | None = strawberry.field(description="The client it was issued to.")
        scopes: list[str] = strawberry.field(description="What the token allows.")

        @strawberry.field(
            graphql_type=organization_type, description="The organisation of the request."
        )
        async def organization(self, info: Info) -> Row:
            return await _organization(info.context)

    @strawberry.type
    class Query:
        @strawberry.field(description="Who is asking.")
        def viewer(self, info: Info) -> Viewer | None:
            claims = info.context.claims
            return Viewer(
                subject=claims.subject, client_id=claims.client_id, scopes=sorted(claims.scopes)
            )

    return Extension(query=Query)


async def _organization(context: Context) -> Row:
    table = context.catalog.tables[Organization.__name__]
    row = await context.loaders.record(table, context.org_id.value)
    assert row is not None, "the token's organisation was found in the directory"
    return row
