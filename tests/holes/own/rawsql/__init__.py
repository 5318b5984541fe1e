"""An own resolver that asks the database itself, as a role that no policy binds."""

import asyncpg
import strawberry

from palisade.extension import Extension, Info, Types

URL: list[str] = []


def extend(types: Types) -> Extension:
    """``searchVendors``."""

    @strawberry.type
    class Query:
        @strawberry.field(description="The names of vendors that have a text in them.")
        async def search_vendors(self, info: Info, text: str) -> list[str] | None:
            connection = await asyncpg.connect(URL[0])
            try:
                rows = await connection.fetch(
                    "SELECT name FROM data.vendor WHERE strpos(name, $1) > 0", text
                )
            finally:
                await connection.close()
            return [row["name"] for row in rows]

    return Extension(query=Query)
