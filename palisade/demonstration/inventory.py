"""Everything one organisation has, as rows that refer to each other, part by part.

A part is small enough to be held in memory. The first one is the organisation with its story;
each further one is a site, with people and integrations of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from models.applications import SaasApplication
from models.assessments import Answer, Assessment, Question, Questionnaire
from models.attestations import Attestation
from models.base import Model
from models.contracts import Clause, Contract
from models.datasets import DataField, Dataset
from models.events import SecurityEvent
from models.flows import DataFlow
from models.grants import Grant
from models.integrations import Credential, Integration
from models.penetration import PenetrationFinding
from models.people import Group, Membership, User
from models.vendors import Vendor
from palisade.demonstration.chance import chance
from palisade.demonstration.connections import connect, connect_site
from palisade.demonstration.contracts import clause_rows, contract_rows
from palisade.demonstration.datasets import dataset_rows
from palisade.demonstration.grants import consent_rows
from palisade.demonstration.organisations import ACME, GLOBEX, Organisation, colleagues, generated
from palisade.demonstration.people import (
    People,
    colleague_rows,
    group_rows,
    membership_rows,
    user_rows,
)
from palisade.demonstration.products import COMPANIES, Subject
from palisade.demonstration.questions import question_rows, questionnaire_rows
from palisade.demonstration.story import story_of
from palisade.demonstration.vendors import (
    application_rows,
    attestation_rows,
    vendor_rows,
    weakness_rows,
)
from palisade.demonstration.wiring import Wiring
from repository.reader import Row

WRITTEN_BY_HAND: Final = (ACME, GLOBEX)

# Each refers only to rows of types before it. Weaknesses come last, for nothing is granted while
# one is overdue.
_ORDER: Final[tuple[type[Model], ...]] = (
    User,
    Group,
    Membership,
    Vendor,
    Attestation,
    Contract,
    Clause,
    SaasApplication,
    Questionnaire,
    Question,
    Integration,
    Credential,
    Assessment,
    Answer,
    Dataset,
    DataField,
    Grant,
    DataFlow,
    SecurityEvent,
    PenetrationFinding,
)

Rows = Mapping[type[Model], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Inventory:
    """Rows by model, in an order in which each refers only to rows before it."""

    slug: str
    rows: Mapping[type[Model], tuple[Row, ...]]


def demonstrated(count: int, *, seed: int) -> Iterator[Organisation]:
    """The two that are written by hand, then generated ones."""
    yield from WRITTEN_BY_HAND[:count]
    for number in range(count - len(WRITTEN_BY_HAND)):
        yield generated(number, seed=seed)


def parts_of(organisation: Organisation, *, scale: int) -> int:
    """How many parts it has: only generated organisations grow."""
    return 1 if organisation in WRITTEN_BY_HAND else scale


def first_id(organisation: Organisation, *, seed: int, part: int) -> UUID:
    """The id of the first person in a part, known before the part is made."""
    return chance(seed, organisation.slug, part=part).id()


def inventory(organisation: Organisation, *, seed: int, now: datetime) -> Inventory:
    """What the organisation has at ``now``, an aware moment; the same seed, the same rows."""
    (first,) = inventories(organisation, parts=(0,), seed=seed, now=now)
    return first


def inventories(
    organisation: Organisation, *, parts: Iterable[int], seed: int, now: datetime
) -> Iterator[Inventory]:
    """These parts of the organisation by number, one after the other; 0 can only be the first."""
    now = now.replace(microsecond=0)
    random = chance(seed, organisation.slug)
    story = story_of(organisation)
    existing = [company for company in COMPANIES if company.name in organisation.companies]
    companies = [*existing, *story.companies]

    users = tuple(user_rows(organisation, random=random, now=now))
    people = People(organisation, users)
    groups = tuple(group_rows(organisation, random=random, now=now))
    vendors = tuple(vendor_rows(organisation, companies, story, random=random, now=now))
    contracts = tuple(
        contract_rows(organisation, companies, story, vendors=vendors, random=random, now=now)
    )
    applications = tuple(
        application_rows(
            organisation, companies, story, vendors=vendors, people=people, random=random
        )
    )
    datasets = tuple(dataset_rows(organisation, people, random=random, now=now))
    questionnaires = questionnaire_rows(random=random, now=now)
    questions = tuple(question_rows(questionnaires, random=random))
    wiring = Wiring(
        organisation=organisation,
        story=story,
        people=people,
        companies=companies,
        vendors=vendors,
        applications=applications,
        datasets=datasets,
        questionnaires=questionnaires,
        questions=questions,
        now=now,
    )
    connections = connect(organisation, existing, story, random=random, now=now)
    wired = wiring.rows(connections, users=users, random=random)
    mail = wiring.own[Subject.MESSAGES]
    consents = consent_rows(
        story, users=users, applications=applications, mail=mail, random=random, now=now
    )
    first = _inventory(
        organisation,
        {
            **wired,
            User: users,
            Group: groups,
            Membership: membership_rows(organisation, users=users, groups=groups, random=random),
            Vendor: vendors,
            Attestation: attestation_rows(
                companies, story, vendors=vendors, random=random, now=now
            ),
            Contract: contracts,
            Clause: clause_rows(contracts, random=random),
            SaasApplication: applications,
            Questionnaire: questionnaires,
            Question: questions,
            Dataset: (*datasets, *wired[Dataset]),
            Grant: (*wired[Grant], *consents),
            PenetrationFinding: weakness_rows(story, vendors=vendors, random=random, now=now),
        },
    )
    heads = {user["department"]: user["id"] for user in reversed(users)}
    departments = [person.department for person in organisation.people]
    for part in parts:
        if part == 0:
            yield first
            continue
        random = chance(seed, organisation.slug, part=part)
        fresh = tuple(
            colleague_rows(
                organisation,
                colleagues(organisation.slug, departments, seed=seed, part=part),
                heads=heads,
                random=random,
                now=now,
            )
        )
        site = connect_site(existing, f"site {part + 1}", random=random, now=now)
        members = membership_rows(organisation, users=fresh, groups=groups, random=random)
        wired = wiring.rows(site, users=fresh, random=random)
        yield _inventory(organisation, {**wired, User: fresh, Membership: members})


def _inventory(organisation: Organisation, rows: Rows) -> Inventory:
    ordered = {model: tuple(rows[model]) for model in _ORDER if model in rows}
    return Inventory(organisation.slug, MappingProxyType(ordered))
