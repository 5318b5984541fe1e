"""An own resolver that lists who else is served here."""

import asyncpg
import strawberry

from palisade.extension import Extension, Info, Types

URL: list[str] = []


def extend(types: Types) -> Extension:
    """``customers``."""

    @strawberry.type
    class Customer:
        slug: str = strawberry.field(description="Short name.")

    @strawberry.type
    class Query:
        @strawberry.field(description="Everybody who is served here.")
        async def customers(self, info: Info) -> list[Customer] | None:
            connection = await asyncpg.connect(URL[0])
            try:
                rows = await connection.fetch(
                    "SELECT key FROM palisade.directory_entry WHERE kind = 'slug' ORDER BY key"
                )
            finally:
                await connection.close()
            return [Customer(slug=row["key"]) for row in rows]

    return Extension(query=Query)
