"""Who is asking, and what the operator may do: the root fields that no table stands behind."""

from typing import Annotated, Any

import strawberry

from models.organization import Organization
from repository.reader import Row
from resolvers.context import Context
from resolvers.errors import Forbidden
from schema.extension import Extension, Types

Info = strawberry.Info[Context, None]


def extend(types: Types) -> Extension:
    """``viewer`` and ``createOrganization``."""
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

    return Extension(query=Query, mutation=OperatorMutation)


async def _organization(context: Context) -> Row:
    table = context.catalog.tables[Organization.__name__]
    row = await context.loaders.record(table, context.org_id.value)
    assert row is not None, "the token's organisation was found in the directory"
    return row


@strawberry.input(description="The values of a new organisation.")
class CreateOrganizationInput:
    """The values of a new organisation."""

    slug: str = strawberry.field(description="Short name, unique over all organisations.")
    name: str = strawberry.field(description="Legal or trading name.")


@strawberry.type(description="What the creation of an organisation answers.")
class ProvisionedOrganization:
    """A new organisation, as its operator sees it."""

    id: strawberry.ID = strawberry.field(description="The organisation's id.")
    slug: str = strawberry.field(description="Its short name.")


@strawberry.type
class OperatorMutation:
    """Root fields for the operator, who has no organisation."""

    @strawberry.mutation(
        description="Makes an organisation. Needs the scope operator:organizations."
    )
    async def create_organization(
        self,
        info: Info,
        input: Annotated[
            CreateOrganizationInput, strawberry.argument(description="The new organisation.")
        ],
    ) -> ProvisionedOrganization | None:
        """Makes an organisation."""
        provision = info.context.provision
        if provision is None:
            raise Forbidden("createOrganization", "needs the scope operator:organizations")
        row = await provision(input.slug, input.name)
        return ProvisionedOrganization(id=strawberry.ID(str(row["id"])), slug=row["slug"])
