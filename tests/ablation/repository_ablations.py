"""The repository and row level security, each taken away, and both; keys, each kind in turn."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.base import reference_constraint_name
from models.describe import Catalog, Table
from tests.ablation.inhabitants import references
from tests.ablation.repository_attacks import REPOSITORY_ATTACKS
from tests.ablation.table import Ablation

TRIED = "through the repositories"
PREDICATE = "the predicate of every statement"
BINDING = "the organisation: it is bound to the victim's, in the attacker's context"
EVERYTHING = frozenset(REPOSITORY_ATTACKS)


@dataclass(frozen=True, kw_only=True)
class RepositoryAblation(Ablation):
    """``lifted``: row level security is off, too."""

    predicate: bool = True
    bound: bool = True
    lifted: bool = False


def _wall(
    wall: str,
    removed: str,
    *,
    through: frozenset[str] = frozenset(),
    stopped_by: str,
    noticed_by: str = "`palisade prove`",
    predicate: bool = True,
    bound: bool = True,
    lifted: bool = False,
) -> RepositoryAblation:
    return RepositoryAblation(
        wall=wall,
        removed=removed,
        tried=TRIED,
        through=through,
        stopped_by=stopped_by,
        noticed_by=noticed_by,
        predicate=predicate,
        bound=bound,
        lifted=lifted,
    )


REPOSITORY_ABLATIONS = (
    _wall(
        "repository",
        PREDICATE,
        stopped_by="row level security, alone",
        noticed_by="`tests/witness`; not by `prove`, for nothing gets out",
        predicate=False,
    ),
    _wall(
        "repository",
        BINDING,
        stopped_by="row level security, alone",
        noticed_by="`palisade prove`, by own records that are missing",
        bound=False,
    ),
    _wall(
        "row level security",
        "all of it, and every missing grant",
        stopped_by="the repository's predicate, alone",
        noticed_by="`palisade prove`, by what a frozen organisation still writes",
        lifted=True,
    ),
    _wall(
        "both",
        f"row level security, and {PREDICATE}",
        through=EVERYTHING - {"inserting"},
        stopped_by="of inserting: what is inserted is the bound organisation's, with no predicate",
        predicate=False,
        lifted=True,
    ),
    _wall(
        "both",
        f"row level security, and {BINDING}",
        through=EVERYTHING,
        stopped_by="nothing: this is what the attacks can do, so the rows above mean something",
        bound=False,
        lifted=True,
    ),
)

REFERENCE = "a reference to another organisation's record"
HOLD = "keeping the other organisation from deleting it"
EXISTENCE = "learning that another organisation has a value"
KEY_TRIED = "on the keys"
KEY_ATTACKS = (REFERENCE, HOLD, EXISTENCE)


@dataclass(frozen=True, kw_only=True)
class KeyAblation(Ablation):
    """``references`` and ``unique``: whether keys of that kind are without the organisation."""

    references: bool = False
    unique: bool = False

    def statements(self, catalog: Catalog) -> Iterator[str]:
        """What takes the organisation out of the keys."""
        if self.references:
            for table in catalog.tables.values():
                yield f"ALTER TABLE {table.qualified_name} ADD UNIQUE (id)"
            for table in catalog.tables.values():
                yield from _references_alone(table)
        if self.unique:
            for table in catalog.tables.values():
                for columns in unique_values(table):
                    yield (f"CREATE UNIQUE INDEX ON {table.qualified_name} ({', '.join(columns)})")


def unique_values(table: Table) -> tuple[tuple[str, ...], ...]:
    """The unique keys that hold no reference: a reference is different for every organisation."""
    return tuple(key for key in table.unique if references(table).keys().isdisjoint(key))


def _references_alone(table: Table) -> Iterator[str]:
    for column, target in references(table).items():
        name = reference_constraint_name(table.name, column)
        yield (
            f"ALTER TABLE {table.qualified_name} DROP CONSTRAINT {name}, "
            f"ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES data.{target} (id)"
        )


KEY_ABLATIONS = (
    KeyAblation(
        wall="composite keys",
        removed="the organisation in foreign keys",
        tried=KEY_TRIED,
        through=frozenset({REFERENCE, HOLD}),
        stopped_by="nothing else looks at a reference; what it leads to still cannot be read",
        noticed_by="`tests/isolation/test_walls.py`, `palisade doctor`",
        references=True,
    ),
    KeyAblation(
        wall="composite keys",
        removed="the organisation in unique indexes",
        tried=KEY_TRIED,
        through=frozenset({EXISTENCE}),
        stopped_by="foreign keys, which are whole",
        noticed_by="`palisade doctor`",
        unique=True,
    ),
)
