"""An own resolver that compares the caller with everybody else."""

import asyncpg
import strawberry

from palisade.extension import Extension, Info, Types

URL: list[str] = []


def extend(types: Types) -> Extension:
    """``vendorBenchmark``."""

    @strawberry.type
    class Benchmark:
        vendors: int = strawberry.field(description="How many vendors all have.")
        largest: str = strawberry.field(description="The name that sorts last.")

    @strawberry.type
    class Query:
        @strawberry.field(description="How the caller compares with others.")
        async def vendor_benchmark(self, info: Info) -> Benchmark | None:
            connection = await asyncpg.connect(URL[0])
            try:
                row = await connection.fetchrow(
                    "SELECT count(*) AS vendors, max(name) AS largest FROM data.vendor "
                    "WHERE org_id <> $1",
                    info.context.org_id.value,
                )
            finally:
                await connection.close()
            return Benchmark(vendors=row["vendors"], largest=row["largest"])

    return Extension(query=Query)
