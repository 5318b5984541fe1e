"""An own resolver that takes the organisation as an argument."""

from dataclasses import replace
from uuid import UUID

import strawberry

from auth.organization import mint_org_id
from models.vendors import Vendor
from palisade.extension import Extension, Info, Types
from repository.repositories import Repositories


def extend(types: Types) -> Extension:
    """``vendorNamesOf``."""

    @strawberry.type
    class Query:
        @strawberry.field(description="The names of an organisation's vendors.")
        async def vendor_names_of(self, info: Info, org_id: strawberry.ID) -> list[str] | None:
            session = info.context.repository(Vendor)._session
            named = replace(session, org_id=mint_org_id(UUID(org_id)))
            rows = await Repositories(named).of(Vendor).first(100)
            return [row["name"] for row in rows]

    return Extension(query=Query)
