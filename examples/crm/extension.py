"""What nothing derives: a list with a meaning of its own, and three records in one go."""

from decimal import Decimal
from typing import Any, Final

import strawberry

from models.people import User
from palisade import CALLER, above, ago, ahead, below, equal, every, never, related
from palisade.extension import MOST, Extension, Forbidden, Info, Row, Types

from .accounts import Account, Contact
from .deals import Deal

_SHOWN: Final = 50
_NEGLECTED: Final = every(
    equal("stage", "OPEN"),
    below("closes_on", ahead(days=14)),
    never(related("activities", above("happened_at", ago(days=7)))),
)


def extend(types: Types) -> Extension:
    """``neglectedDeals`` and ``startDeal``."""
    deal_type: Any = types.of(Deal)

    @strawberry.type
    class Query:
        @strawberry.field(
            graphql_type=list[deal_type] | None,
            description=(
                "Open deals to be closed within two weeks about which nothing was done for one: "
                f"{_SHOWN} of them at the most."
            ),
            metadata={MOST: _SHOWN},
        )
        async def neglected_deals(self, info: Info) -> list[Row]:
            # Bound to the caller's organisation and to what the row rules let the caller see.
            deals = info.context.repository(Deal)
            return await deals.first(_SHOWN, deals.where(_NEGLECTED))

    @strawberry.input(description="A first deal with somebody new.")
    class StartDealInput:
        account_name: str = strawberry.field(description="Trading name of the new account.")
        first_name: str = strawberry.field(description="First name of the person there.")
        last_name: str = strawberry.field(description="Last name of the person there.")
        email: str = strawberry.field(description="Work address of the person there.")
        title: str = strawberry.field(description="What the deal is about.")
        amount: Decimal | None = strawberry.field(default=None, description="What it is worth.")

    @strawberry.type
    class Mutation:
        @strawberry.mutation(
            graphql_type=deal_type | None,
            description="Makes an account, a contact and a deal of the caller's, or none of them.",
        )
        async def start_deal(self, info: Info, input: StartDealInput) -> Row:
            context = info.context
            for model in (Account, Contact, Deal):
                context.check_write(model, "startDeal")
            async with context.transaction() as repositories:
                users = repositories.of(User)
                caller = await users.find(users.where(equal("subject", CALLER)))
                if caller is None:
                    raise Forbidden("startDeal", "needs the token of a person")
                account = await repositories.of(Account).create({"name": input.account_name})
                contact = await repositories.of(Contact).create(
                    {
                        "first_name": input.first_name,
                        "last_name": input.last_name,
                        "email": input.email,
                        "account_id": account["id"],
                    }
                )
                deal = await repositories.of(Deal).create(
                    {
                        "title": input.title,
                        "amount": input.amount,
                        "account_id": account["id"],
                        "contact_id": contact["id"],
                        "owner_id": caller["id"],
                    }
                )
            context.forget()
            return deal

    return Extension(query=Query, mutation=Mutation)
