"""The organisations of a world, each filled with canaries, and who asks in them."""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from assurance.prove.canaries import Canaries, Canary, canaries_of
from assurance.prove.records import insert, make_population
from assurance.prove.target import Target
from assurance.prove.witness import Rows
from auth.organization import mint_org_id
from auth.scopes import Role
from repository.actor import Actor

MOST_ORGS: Final = 16
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ACTOR: Final = Actor("palisade-prove", "palisade-prove", "prove")


@dataclass
class Party:
    """One organisation. ``rows`` are its records as the witness sees them, oldest first.

    ``subject``: whom its token names, one of its users where there are any. ``founded`` are the
    canaries it began with; ``owned``, the ids it ever had; ``taken``, values of others' that it
    sent itself and that are stored among its records since; ``drawn``, marks that it made up.
    """

    name: str
    mark: str
    slug: str
    org_id: UUID
    token: str = ""
    subject: str = ""
    rows: Rows = field(default_factory=dict)
    founded: tuple[Canary, ...] = ()
    owned: set[UUID] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)

    def own(self, rows: Rows) -> None:
        """Takes note of its present records."""
        self.rows = rows
        self.owned |= {row["id"] for records in rows.values() for row in records}

    def take(self, sent: Iterable[str]) -> bool:
        """Takes note of what it sent and now has: that it is told these is no leak."""
        wanted = {text for text in sent if text} - self.taken
        stored = str(list(self.rows.values())) if wanted else ""
        found = {text for text in wanted if text in stored}
        self.taken |= found
        self.owned |= {UUID(text) for text in found if _ID.fullmatch(text)}
        return bool(found)


async def found_parties(
    target: Target, *, orgs: int, seed: int, made: Callable[[str], None]
) -> list[Party]:
    """New organisations, each with records of every type; ``made`` is told the slugs before."""
    drawn = Random(seed)  # noqa: S311  reproducible on purpose
    parties = []
    for index in range(orgs):
        # The last digit tells the organisation, and keeps days apart.
        mark = f"{drawn.getrandbits(44):011x}{index:x}"
        slug = f"prove-{secrets.token_hex(6)}"
        made(slug)
        made(new_slug(slug))
        row = await target.database.provision(slug, name="New", actor=_ACTOR)
        org_id = mint_org_id(row["id"])
        parties.append(Party(f"organisation {index + 1}", mark, slug, org_id.value))
        await insert(target.database.of(org_id, _ACTOR), target.catalog, mark)
    for party in parties:
        party.own(await target.witness.rows(party.org_id))
        party.founded = tuple(canaries_of(target.catalog, party.rows, org=party.name))
        # Whom records of a person are about is who asks: row rules and own resolvers know them.
        people = make_population(target.catalog, party.mark, party.org_id).rows.get("User")
        party.subject = (people[0]["subject"] if people else None) or f"admin-{party.mark}"
        party.token = target.issuer.issue(party.org_id, role=Role.admin, subject=party.subject)
    return parties


def new_slug(slug: str) -> str:
    """The slug of the organisation that an operator makes in the course of the attacks."""
    return f"{slug}-new"


def only_of(parties: Iterable[Party], one: Party) -> Canaries:
    """What this party was founded with, and no other."""
    others = [party for party in parties if party is not one]
    known = Counter(text for party in others for text in {each.text for each in party.founded})
    return Canaries((each for each in one.founded if each.text not in known), mark=one.mark)
