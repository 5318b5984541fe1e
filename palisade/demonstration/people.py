"""Who works there, in which groups, and who answers for what."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auth.scopes import Role
from models.people import UserStatus
from palisade.demonstration.chance import Chance
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation, Person
from palisade.demonstration.products import Subject
from repository.reader import Row


def user_rows(organisation: Organisation, *, random: Chance, now: datetime) -> Iterator[Row]:
    """The people; one has left, one has not come yet.

    The first of each department leads it. The first three have the tokens of the demonstration.
    """
    slug = organisation.slug
    heads: dict[str, UUID] = {}
    subjects = [f"{role.value}@{slug}" for role in (Role.admin, Role.editor, Role.viewer)]
    for number, person in enumerate(organisation.people):
        id = random.id()
        head = heads.setdefault(person.department, id)
        row = _user_row(id, person, organisation, random=random, now=now)
        row["manager_id"] = None if head == id else head
        if number < len(subjects):
            row["subject"] = subjects[number]
        if person.name == organisation.departed:
            row["status"] = UserStatus.SUSPENDED.value
            row["last_seen_at"] = now - timedelta(days=45, hours=3)
        if person.name == organisation.newcomer:
            row["status"] = UserStatus.INVITED.value
            row["created_at"] = now - timedelta(days=2)
            row["last_seen_at"] = None
        yield row


def colleague_rows(
    organisation: Organisation,
    colleagues: Sequence[Person],
    *,
    heads: Mapping[str, UUID],
    random: Chance,
    now: datetime,
) -> Iterator[Row]:
    """Further people, who report to the ``heads`` of their departments."""
    for person in colleagues:
        row = _user_row(random.id(), person, organisation, random=random, now=now)
        row["manager_id"] = heads[person.department]
        yield row


def _user_row(
    id: UUID, person: Person, organisation: Organisation, *, random: Chance, now: datetime
) -> dict[str, Any]:
    email = _email(person.name, organisation.slug)
    return {
        "id": id,
        "created_at": between(
            now - timedelta(days=1500), now - timedelta(days=1200), random=random
        ),
        "email": email,
        "name": person.name,
        "subject": email,
        "department": person.department,
        "status": UserStatus.ACTIVE.value,
        "last_seen_at": between(now - timedelta(days=3), now, random=random),
        "manager_id": None,
    }


def group_rows(organisation: Organisation, *, random: Chance, now: datetime) -> Iterator[Row]:
    """The groups."""
    for team in organisation.teams:
        yield {
            "id": random.id(),
            "created_at": now - timedelta(days=1100),
            "name": team.name,
            "description": team.description,
        }


def membership_rows(
    organisation: Organisation, *, users: Sequence[Row], groups: Sequence[Row], random: Chance
) -> Iterator[Row]:
    """Who is in which group, by department."""
    for team, group in zip(organisation.teams, groups, strict=True):
        for user in users:
            if user["department"] in team.departments:
                yield {
                    "id": random.id(),
                    "created_at": max(user["created_at"], group["created_at"]),
                    "user_id": user["id"],
                    "group_id": group["id"],
                }


class People:
    """The ids of those who may sign in, by department, and of the one who has left."""

    def __init__(self, organisation: Organisation, users: Sequence[Row]) -> None:
        self._organisation = organisation
        self._departments: dict[str, list[UUID]] = {}
        (self.departed,) = [row["id"] for row in users if row["status"] == UserStatus.SUSPENDED]
        for row in users:
            if row["status"] == UserStatus.ACTIVE:
                self._departments.setdefault(row["department"], []).append(row["id"])

    def of(self, department: str) -> Sequence[UUID]:
        """Those of the department, the one who leads it first."""
        return self._departments[department]

    def head(self, subject: Subject) -> UUID:
        """The first of the department that answers for the subject."""
        return self.of(self._department(subject))[0]

    def owners(self, subject: Subject) -> Sequence[UUID]:
        """Those of the department that answers for the subject."""
        return self.of(self._department(subject))

    def _department(self, subject: Subject) -> str:
        (department,) = {
            holding.owner for holding in self._organisation.holdings if holding.subject is subject
        }
        return department


def _email(name: str, slug: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@{slug}.example"
