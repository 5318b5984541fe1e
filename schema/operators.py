"""What the operator may do: root fields for who has no organisation and stands above all."""

from datetime import timedelta
from typing import Annotated, Final

import strawberry

from models.enforcement import enforced
from repository.lifecycle import Lifecycle, Standing
from resolvers.context import Context
from resolvers.errors import BadInput, Forbidden
from schema.directives import claims
from schema.extension import Extension, Types

# How long an erasure works on within one request, which the operation's deadline would end.
ERASURE_PATIENCE: Final = timedelta(seconds=5)
MAX_REASON: Final = 1000

Info = strawberry.Info[Context, None]


def extend(types: Types) -> Extension:
    """``createOrganization``, and the lifecycle of organisations."""
    return Extension(mutation=OperatorMutation)


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


@strawberry.input(description="Which organisation to freeze, and why.")
class FreezeOrganizationInput:
    """Which organisation to freeze, and why."""

    slug: str = strawberry.field(description="Its short name.")
    reason: str = strawberry.field(description="Why; at most 1,000 characters.")


@strawberry.input(description="Which organisation to thaw, and why.")
class ThawOrganizationInput:
    """Which organisation to thaw, and why."""

    slug: str = strawberry.field(description="Its short name.")
    reason: str = strawberry.field(description="Why; at most 1,000 characters.")


@strawberry.type(description="An organisation after its operator changed whether it is served.")
class OrganizationStanding:
    """An organisation after its operator changed whether it is served."""

    id: strawberry.ID = strawberry.field(description="The organisation's id.")
    slug: str = strawberry.field(description="Its short name.")
    status: str = strawberry.field(description="ACTIVE or FROZEN.")
    settled: bool = strawberry.field(
        description=(
            "Whether every transaction that began before has ended; where not, one of them may "
            "still change something."
        )
    )


@strawberry.input(description="Which organisation to erase, and why.")
class EraseOrganizationInput:
    """Which organisation to erase, and why."""

    slug: str = strawberry.field(description="Its short name.")
    confirm: str = strawberry.field(description="Its short name again: it is for good.")
    reason: str = strawberry.field(description="Why; at most 1,000 characters.")


@strawberry.type(description="How far the erasure of an organisation is.")
class OrganizationErasure:
    """How far the erasure of an organisation is."""

    slug: str = strawberry.field(description="The short name it had.")
    erased: bool = strawberry.field(
        description="Whether all of it is gone; where not, asking again goes on."
    )
    certificate: str | None = strawberry.field(
        description=(
            "The proof, as JSON text: the rows deleted and left of every table, and a SHA-256 "
            "over the rest of it with its keys sorted."
        )
    )


@strawberry.input(description="Which organisation to export.")
class ExportOrganizationInput:
    """Which organisation to export."""

    slug: str = strawberry.field(description="Its short name.")


@strawberry.type(description="An export of an organisation, on the service's host.")
class OrganizationExport:
    """An export of an organisation, on the service's host."""

    name: str = strawberry.field(description="The folder's name.")
    records: int = strawberry.field(description="How many records it holds.")
    digest: str = strawberry.field(
        description="A SHA-256 over the records that an import takes, whatever their order."
    )


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
            raise _out_of_scope("createOrganization")
        row = await provision(input.slug, input.name)
        return ProvisionedOrganization(id=strawberry.ID(str(row["id"])), slug=row["slug"])

    @strawberry.mutation(
        description=(
            "Refuses every change of an organisation's records, in the database, and every "
            "integration of it; people may still read. Needs the scope operator:organizations."
        ),
        directives=claims(enforced("No client changes anything of a frozen organisation")),
    )
    async def freeze_organization(
        self,
        info: Info,
        input: Annotated[FreezeOrganizationInput, strawberry.argument(description="Which, why.")],
    ) -> OrganizationStanding | None:
        """Freezes an organisation."""
        lifecycle = _lifecycle(info.context, "freezeOrganization", input.reason)
        return _standing(await lifecycle.freeze(input.slug, reason=input.reason))

    @strawberry.mutation(
        description="Ends the freeze of an organisation. Needs the scope operator:organizations."
    )
    async def thaw_organization(
        self,
        info: Info,
        input: Annotated[ThawOrganizationInput, strawberry.argument(description="Which, why.")],
    ) -> OrganizationStanding | None:
        """Thaws an organisation."""
        lifecycle = _lifecycle(info.context, "thawOrganization", input.reason)
        return _standing(await lifecycle.thaw(input.slug, reason=input.reason))

    @strawberry.mutation(
        description=(
            "Deletes an organisation and all its records for good. Its tokens are refused from "
            "then on. Needs the scope operator:organizations."
        ),
        directives=claims(enforced("No record of an erased organisation is left")),
    )
    async def erase_organization(
        self,
        info: Info,
        input: Annotated[EraseOrganizationInput, strawberry.argument(description="Which, why.")],
    ) -> OrganizationErasure | None:
        """Erases an organisation."""
        lifecycle = _lifecycle(info.context, "eraseOrganization", input.reason)
        if input.confirm != input.slug:
            raise BadInput("eraseOrganization.input.confirm", "must be the slug again")
        certificate = await lifecycle.erase(
            input.slug, reason=input.reason, patience=ERASURE_PATIENCE
        )
        return OrganizationErasure(
            slug=input.slug,
            erased=certificate is not None,
            certificate=certificate.text if certificate else None,
        )

    @strawberry.mutation(
        description=(
            "Writes all records of an organisation to a new folder of the service's host, as "
            "`palisade export` does; none is answered. Needs the scope operator:organizations."
        )
    )
    async def export_organization(
        self,
        info: Info,
        input: Annotated[ExportOrganizationInput, strawberry.argument(description="Which.")],
    ) -> OrganizationExport | None:
        """Exports an organisation."""
        if info.context.provision is None:
            raise _out_of_scope("exportOrganization")
        if info.context.export is None:
            raise Forbidden(
                "exportOrganization",
                "is not offered here, for PALISADE_WORKER_URL and PALISADE_EXPORT_DIR are not set",
            )
        made = await info.context.export(input.slug)
        return OrganizationExport(name=made.name, records=made.records, digest=made.digest)


def _lifecycle(context: Context, field: str, reason: str) -> Lifecycle:
    """Raises: Forbidden, BadInput."""
    if context.provision is None:
        raise _out_of_scope(field)
    if context.lifecycle is None:
        raise Forbidden(field, "is not offered here, for PALISADE_WORKER_URL is not set")
    if not 0 < len(reason.strip()) <= len(reason) <= MAX_REASON:
        raise BadInput(f"{field}.input.reason", f"must be 1 to {MAX_REASON} characters")
    return context.lifecycle


def _out_of_scope(field: str) -> Forbidden:
    return Forbidden(field, "needs the scope operator:organizations")


def _standing(standing: Standing) -> OrganizationStanding:
    return OrganizationStanding(
        id=strawberry.ID(str(standing.org_id)),
        slug=standing.slug,
        status=standing.status.value,
        settled=standing.settled,
    )
