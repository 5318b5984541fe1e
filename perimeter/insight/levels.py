"""How sensitive data is, told from the fields it has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.classification import Level


@dataclass(frozen=True, slots=True)
class CategoryFigure:
    """What there is of one category: its highest level, and how many fields."""

    category: str
    level: str
    fields: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a dataset holds, by category; ``level`` is the highest, None without any field."""

    level: str | None
    categories: list[CategoryFigure]


EMPTY = Contents(None, [])


def highest(levels: Iterable[str]) -> str | None:
    """The highest of the levels, by name; None of none."""
    found = max((Level[level] for level in levels), default=None)
    return None if found is None else found.name


def contents(tally: Iterable[tuple[str, str, int]]) -> Contents:
    """What a tally of category and level comes to; the highest level comes first."""
    found: dict[str, CategoryFigure] = {}
    for category, level, count in tally:
        known = found.get(category, CategoryFigure(category, level, 0))
        top = max(Level[level], Level[known.level]).name
        found[category] = CategoryFigure(category, top, known.fields + count)
    categories = sorted(found.values(), key=lambda one: (-Level[one.level], one.category))
    return Contents(highest(one.level for one in categories), categories)


def contents_by(tally: Iterable[tuple[Any, str, str, int]]) -> Mapping[Any, Contents]:
    """The same for each of the first values, such as the ids of datasets."""
    found: dict[Any, list[tuple[str, str, int]]] = {}
    for key, category, level, count in tally:
        found.setdefault(key, []).append((category, level, count))
    return {key: contents(entries) for key, entries in found.items()}
