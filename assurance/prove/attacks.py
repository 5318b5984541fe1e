"""What an attack is: a document whose variables hold stand-ins where somebody's values go.

An attack with a `Target` is sent with a foreign id, a random one and texts that are no ids, all
of which must be answered alike, and with an own id, which must be answered differently.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.describe import Column


@dataclass(frozen=True, slots=True)
class Target:
    """Stands for an id of this type: the one under attack, in the row of this index."""

    type: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """Stands for an id of the attacker's own."""

    type: str
    index: int


@dataclass(frozen=True, slots=True)
class Version:
    """Stands for the version of the attacker's own record."""

    type: str
    index: int


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """Stands for the version of the record under attack: versions are easily guessed."""

    type: str
    index: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Stands for a value of the other organisation's first record of the type that has one."""

    type: str
    column: Column
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One root field of an attack. ``arguments``: GraphQL type and value, by name."""

    field: str
    arguments: Mapping[str, tuple[str, Any]]
    selection: str


@dataclass(frozen=True, slots=True)
class State:
    """What one of the attacker's own records has to have beforehand, so that the own id works."""

    type: str
    index: int
    column: str
    value: Any


@dataclass(frozen=True, slots=True)
class Attack:
    """A document, its variables, what it is about, and for a mutation the type it changes."""

    label: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    changes: str | None = None
    states: tuple[State, ...] = ()
    parts: tuple[Part, ...] = ()
    frozen: bool = False
    """Whether the attacker's organisation is frozen, so that it has to be refused."""

    @property
    def aimed(self) -> bool:
        """Whether it is about an id."""
        return _has_target(self.variables)

    @property
    def writes(self) -> bool:
        """Whether it may change something: it is carried out alone."""
        return self.text.startswith("mutation")


@dataclass(frozen=True, slots=True)
class Guess:
    """A field of unknown meaning, with a value of the victim's where it may be looked up.

    ``random``: the same with a value that nobody has. ``own``: with the attacker's own. ``sent``:
    the values, which an answer may echo.
    """

    label: str
    text: str
    foreign: Mapping[str, Any]
    random: Mapping[str, Any] | None
    own: Mapping[str, Any]
    sent: tuple[str, str, str]

    @property
    def writes(self) -> bool:
        """Whether it may change something: it is carried out alone."""
        return self.text.startswith("mutation")


@dataclass(frozen=True, slots=True)
class Knock:
    """A request of any form. ``like``: another one, which must be answered the same."""

    label: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    signed: bool = True
    """Whether it carries the attacker's token."""
    like: "Knock | None" = None
    sent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came out of an attack by another way than a request.

    ``problems`` are what the attack itself found wrong; ``proven``: its control succeeded, and
    otherwise ``control`` says what became of it.
    """

    text: str
    problems: tuple[str, ...] = ()
    proven: bool = True
    control: str = "it did not"


@dataclass(frozen=True, slots=True)
class Probe:
    """An attack by another way than a request: what comes out is searched for canaries."""

    label: str
    how: str
    run: Callable[[], Awaitable[Evidence]]
    sent: tuple[str, ...] = ()
    writes: bool = True


AnyAttack = Attack | Guess | Knock | Probe


def stand_ins(value: Any) -> Iterable[Any]:
    """Every leaf of variables."""
    match value:
        case Mapping():
            for item in value.values():
                yield from stand_ins(item)
        case list() | tuple():
            for item in value:
                yield from stand_ins(item)
        case _:
            yield value


def _has_target(variables: Mapping[str, Any]) -> bool:
    return any(isinstance(leaf, Target) for leaf in stand_ins(variables))
