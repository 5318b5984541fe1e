"""Who works there, in which groups, and who answers for what."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from auth.scopes import Role
from models.people import UserStatus
from palisade.demonstration.moments import between
from palisade.demonstration.organisations import Organisation
from palisade.demonstration.products import Subject
from repository.ids import new_id
from repository.repository import Row


def user_rows(
    slug: str, organisation: Organisation, *, random: Random, now: datetime
) -> Iterator[Row]:
    """The people; one has left, one has not come yet.

    The first of each department leads it. The first three have the tokens of the demonstration.
    """
    heads: dict[str, UUID] = {}
    subjects = [f"{role.value}@{slug}" for role in (Role.admin, Role.editor, Role.viewer)]
    for number, person in enumerate(organisation.people):
        id = new_id()
        head = heads.setdefault(person.department, id)
        created_at = between(now - timedelta(days=1500), now - timedelta(days=1200), random=random)
        status = UserStatus.ACTIVE
        last_seen_at: datetime | None = between(now - timedelta(days=3), now, random=random)
        if person.name == organisation.findings.departed:
            status = UserStatus.SUSPENDED
            last_seen_at = now - timedelta(days=45, hours=3)
        if person.name == organisation.newcomer:
            status = UserStatus.INVITED
            created_at = now - timedelta(days=2)
            last_seen_at = None
        yield {
            "id": id,
            "created_at": created_at,
            "email": _email(person.name, slug),
            "name": person.name,
            "subject": subjects[number] if number < len(subjects) else None,
            "department": person.department,
            "status": status.value,
            "last_seen_at": last_seen_at,
            "manager_id": None if head == id else head,
        }


def group_rows(organisation: Organisation, *, now: datetime) -> Iterator[Row]:
    """The groups."""
    for team in organisation.teams:
        yield {
            "id": new_id(),
            "created_at": now - timedelta(days=1100),
            "name": team.name,
            "description": team.description,
        }


def membership_rows(
    organisation: Organisation, *, users: Sequence[Row], groups: Sequence[Row]
) -> Iterator[Row]:
    """Who is in which group, by department."""
    for team, group in zip(organisation.teams, groups, strict=True):
        for user in users:
            if user["department"] in team.departments:
                yield {
                    "id": new_id(),
                    "created_at": max(user["created_at"], group["created_at"]),
                    "user_id": user["id"],
                    "group_id": group["id"],
                }


class People:
    """The ids of those who work there, by department."""

    def __init__(self, organisation: Organisation, users: Sequence[Row]) -> None:
        self._organisation = organisation
        self._departments: dict[str, list[UUID]] = {}
        self._asked: dict[str, int] = {}
        for row in users:
            if row["status"] != UserStatus.INVITED:
                self._departments.setdefault(row["department"], []).append(row["id"])

    def of(self, department: str) -> Sequence[UUID]:
        """Those of the department who have come already."""
        return self._departments[department]

    def head(self, subject: Subject) -> UUID:
        """The first of the department that answers for the subject."""
        return self.of(self._department(subject))[0]

    def next_owner(self, subject: Subject) -> UUID:
        """Those of the department that answers for the subject, in turn."""
        department = self._department(subject)
        turn = self._asked.get(department, 0)
        self._asked[department] = turn + 1
        owners = self.of(department)
        return owners[turn % len(owners)]

    def _department(self, subject: Subject) -> str:
        (department,) = {
            holding.owner for holding in self._organisation.holdings if holding.subject is subject
        }
        return department


def _email(name: str, slug: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@{slug}.example"
