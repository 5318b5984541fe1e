"""Further organisations, made from words: none of them exists, nor does anybody in them."""

from collections.abc import Sequence
from random import Random
from typing import Final

from palisade.demonstration.organisations.kinds import Organisation, Person, Team
from palisade.demonstration.organisations.templates import holdings_of
from palisade.demonstration.organisations.words import FAMILY, GIVEN, LINES, WORDS
from palisade.demonstration.products import COMPANIES
from palisade.demonstration.products.invented import Trade

_DEPARTMENTS: Final = (
    "Security",
    "Engineering",
    "Sales",
    "Finance",
    "People",
    "Support",
    "Legal",
    "Engineering",
    "Engineering",
    "Sales",
    "Support",
    "Security",
)
_TEAMS: Final = (
    Team("Risk circle", "Reviews integrations and answers to findings.", ("Security", "Legal")),
    Team("Builders", "Make and run the product.", ("Engineering", "Security")),
    Team("Front office", "Speak with customers.", ("Sales", "Support")),
    Team("Books and people", "Employment and bookkeeping.", ("Finance", "People")),
)
_COMPANIES: Final = 20
_CRITICAL: Final = 4


def generated(number: int, *, seed: int) -> Organisation:
    """The organisation of this number, from 0 on; no two numbers have a slug in common."""
    words = _shuffled(WORDS, seed)
    # Each round through the words meets the lines of business one place further on.
    round_, place = divmod(number, len(words))
    word, line = words[place], LINES[(place + round_) % len(LINES)]
    again = round_ // len(LINES)
    name = f"{word} {line} {again + 1}" if again else f"{word} {line}"
    slug = name.lower().replace(" ", "-")
    random = Random(f"{seed}/{slug}")  # noqa: S311  repeatable, nothing secret
    people = colleagues(slug, _DEPARTMENTS, seed=seed, part=0)
    companies = sorted(random.sample([company.name for company in COMPANIES], _COMPANIES))
    return Organisation(
        slug=slug,
        name=f"{name} (invented)",
        companies=tuple(companies),
        critical=tuple(random.sample(companies, _CRITICAL)),
        risk=(15, 60),
        unrest=random.randint(1, 3),
        network=random.choice(("192.0.2", "198.51.100", "203.0.113")),
        suspended=random.randint(1, 4),
        retired=random.randint(1, 4),
        proposed=random.randint(1, 3),
        people=people,
        teams=_TEAMS,
        holdings=holdings_of(slug, random),
        newcomer=people[9].name,
        departed=people[8].name,
        words=tuple(random.sample([one for one in words if one != word], len(Trade))),
    )


def colleagues(
    slug: str, departments: Sequence[str], *, seed: int, part: int
) -> tuple[Person, ...]:
    """Those who work in one part of an organisation; no two of them have a name in common.

    Shape: aligned with ``departments``, as many in each part.
    """
    given, family = _shuffled(GIVEN, f"{seed}/{slug}"), _shuffled(FAMILY, f"{slug}/{seed}")
    people = []
    for index, department in enumerate(departments):
        number = part * len(departments) + index
        row = number // len(given)
        # Each row of given names meets the family names one place further on.
        last = family[(number + row) % len(family)]
        again = number // (len(given) * len(family))
        name = f"{given[number % len(given)]} {last}"
        people.append(Person(f"{name} {again + 1}" if again else name, department))
    return tuple(people)


def _shuffled(words: Sequence[str], seed: object) -> list[str]:
    found = list(words)
    Random(str(seed)).shuffle(found)  # noqa: S311
    return found
