"""Fields and arguments whose meaning nobody knows, guessed at by the type of their arguments.

Own resolvers have no meaning that the models could tell, nor has what only the live schema has.
Each place that takes an id or a text gets the victim's: ids of every type, the organisation's id
and slug, texts of its records, its cursors.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from assurance.prove.attacks import AnyAttack, Attack, Guess, State
from assurance.prove.duel import Duel
from assurance.prove.operators import OPERATED
from assurance.prove.parties import Party
from assurance.prove.records import ORGANIZATION
from assurance.prove.values import COMMON
from repository.ids import new_id
from resolvers.fields import (
    AggregateRecords,
    GetNodes,
    GetRecord,
    GroupRecords,
    ListRecords,
    ToMany,
)
from resolvers.selection import meaning_of

_PAGING: Final = frozenset({"where", "orderBy", "first", "after", "last", "before"})
_KNOWN: Final[Mapping[type, frozenset[str]]] = {
    ListRecords: _PAGING,
    ToMany: _PAGING,
    AggregateRecords: frozenset({"where"}),
    GroupRecords: frozenset({"where", "by", "first"}),
    GetRecord: frozenset({"id"}),
    GetNodes: frozenset({"id", "ids"}),
}
_WRITTEN: Final = frozenset({"input"})
# What stands where neither an id nor a text can.
_PLAIN: Final[Mapping[str, Any]] = {
    "Int": 5,
    "Float": 5.0,
    "Boolean": True,
    "Date": "2030-01-01",
    "DateTime": "2030-01-01T00:00:00Z",
    "Decimal": "5",
    "BigInt": "5",
}
_AIMED: Final = ("ID", "UUID", "String", "JSON")
_DEEPEST: Final = 3
_FEW: Final = 3
# So that documents stay within the limits on them.
_TYPES: Final = 10
_VALUES: Final = 6


@dataclass(frozen=True, slots=True)
class _Place:
    """A field with arguments to guess; ``path`` is what leads to it, with {} for the field."""

    label: str
    path: str
    field: GraphQLField
    arguments: Mapping[str, GraphQLArgument]
    kind: str


class OwnResolvers:
    """Every field and every argument of unknown meaning; `Operators` knows what theirs take."""

    name = "own resolvers"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Queries first: what mutations store would turn up everywhere."""
        await _name_the_caller(duel)
        places = [one for one in _places(duel) if one.label not in OPERATED]
        for kind in ("query", "mutation"):
            for place in places:
                if place.kind == kind:
                    async for attack in _guesses(place, duel):
                        yield attack


async def _name_the_caller(duel: Duel) -> None:
    """Whoever asks is one of the users again: an update may have given that one another subject."""
    if duel.attacker.rows.get("User"):
        await duel.put((State("User", 0, "subject", duel.attacker.subject),))
        await duel.look("User")


def plain_questions(duel: Duel) -> Iterator[Attack]:
    """Every query of unknown meaning that can be asked without saying anything."""
    for place in _places(duel):
        required = any(is_required_argument(one) for one in place.field.args.values())
        if place.kind == "query" and not required:
            yield Attack(place.label, _text(place, duel, {}))


def _places(duel: Duel) -> Iterator[_Place]:
    live = duel.live
    for kind, root in (("query", live.query_type), ("mutation", live.mutation_type)):
        for name, field in root.fields.items() if root else ():
            unknown = _unknown(duel, root, name, field)  # type: ignore[arg-type]
            if unknown is not None:
                yield _Place(name, "{}", field, unknown, kind)
    for table in duel.catalog.exposed:
        record = live.type_map.get(table.type)
        if not isinstance(record, GraphQLObjectType):
            continue
        for name, field in record.fields.items():
            unknown = _unknown(duel, record, name, field)
            if unknown is not None:
                path = f"{table.plural}(first: {_FEW}) {{ nodes {{ id {{}} }} }}"
                yield _Place(f"{table.type}.{name}", path, field, unknown, "query")


def _unknown(
    duel: Duel, parent: GraphQLObjectType, name: str, field: GraphQLField
) -> Mapping[str, GraphQLArgument] | None:
    """The arguments of unknown meaning; None where all is known."""
    derived = duel.schema.type_map.get(parent.name)
    known = derived.fields.get(name) if isinstance(derived, GraphQLObjectType) else None
    meaning = meaning_of(known) if known else None
    if meaning is None:
        return field.args
    expected = _KNOWN.get(type(meaning), _WRITTEN)
    unknown = {each: argument for each, argument in field.args.items() if each not in expected}
    return unknown or None


async def _guesses(place: _Place, duel: Duel) -> AsyncIterator[AnyAttack]:
    """All arguments at once, and each optional one alone: some fields take only one of them."""
    required = {name for name, one in place.field.args.items() if is_required_argument(one)}
    optional = [name for name in place.arguments if name not in required]
    together = required | set(optional)
    taken = await _is_taken(place, duel, together) if len(optional) > 1 else True
    for attack in _with(place, duel, together, few=not taken):
        yield attack
    for name in optional if len(together) > 1 else ():
        for attack in _with(place, duel, {*required, name}, few=taken):
            yield attack


async def _is_taken(place: _Place, duel: Duel, chosen: set[str]) -> bool:
    """Whether the field takes these arguments together."""
    if place.kind == "mutation":
        return True
    arguments = {name: place.field.args[name] for name in sorted(chosen)}
    variables = _variables(arguments, str(duel.attacker.org_id))
    answer = await duel.ask(_text(place, duel, arguments), variables, by=duel.attacker)
    return not answer.codes


def _with(place: _Place, duel: Duel, chosen: set[str], *, few: bool) -> Iterator[AnyAttack]:
    """The field with these arguments; with ``few`` values where others try all of them."""
    arguments = {name: place.field.args[name] for name in sorted(chosen)}
    text = _text(place, duel, arguments)
    if not any(_is_aimed(one.type) for one in arguments.values()):
        yield Attack(place.label, text, _variables(arguments, ""))
        return
    for label, foreign, own in islice(_values(duel), _FEW if few else None):
        absent = _absent(foreign, duel)
        # What everybody's texts have in common is rightly found among the own ones, and says of
        # nothing that it is an echo.
        common = foreign == COMMON
        random = None if common else _variables(arguments, absent)
        yield Guess(
            f"{place.label} with {label}",
            text,
            _variables(arguments, foreign),
            random,
            _variables(arguments, own),
            ("", "", "") if common else (foreign, absent, own),
        )


def _values(duel: Duel) -> Iterator[tuple[str, str, str]]:
    """What is looked up: a word for it, the victim's, the attacker's own."""
    victim, attacker = duel.victim, duel.attacker
    yield "the organisation's id", str(victim.org_id), str(attacker.org_id)
    yield "its slug", victim.slug, attacker.slug
    yield "what texts begin with", COMMON, COMMON
    for type_name, id in duel.foreign_ids().items():
        if type_name == ORGANIZATION or (duel.types is not None and type_name not in duel.types):
            continue
        own = attacker.rows.get(type_name)
        yield f"an id of {type_name}", str(id), str(own[0]["id"] if own else new_id())
    for place, (theirs, ours) in enumerate(zip(_words(victim), _words(attacker), strict=False)):
        yield f"text {place + 1}", theirs, ours
    for type_name, cursor in list(duel.cursors.items())[:_FEW]:
        yield f"a cursor of {type_name}", cursor, cursor


def _words(party: Party) -> list[str]:
    """A few texts of its records."""
    return [one.text for one in party.founded if one.text.startswith("canary-")][:_FEW]


def _text(place: _Place, duel: Duel, arguments: Mapping[str, GraphQLArgument]) -> str:
    name = place.label.rpartition(".")[2]
    declared = ", ".join(f"${each}: {one.type}" for each, one in arguments.items())
    given = ", ".join(f"{each}: ${each}" for each in arguments)
    call = f"{name}({given})" if given else name
    field = f"{call} {_selection(place.field.type, duel, depth=0)}"
    header = f"{place.kind} ({declared})" if declared else place.kind
    return f"{header} {{ {place.path.replace('{}', field)} }}"


def _selection(kind: Any, duel: Duel, *, depth: int) -> str:
    """All plain values of an answer, and of what is in it."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        parts = [_fragment(one) for one in duel.live.get_possible_types(named)[:_TYPES]]
        return f"{{ __typename {' '.join(parts)} }}"
    parts = []
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(one) for one in field.args.values()):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth < _DEEPEST and inner.name not in duel.catalog.tables:
            parts.append(f"{name} {_selection(inner, duel, depth=depth + 1)}")
        elif depth == 0 and named.name not in duel.catalog.tables:
            parts.append(f"{name} {{ id }}")
    if named.name in duel.catalog.tables:
        parts = [name for name in parts if " " not in name]
    return f"{{ {' '.join(parts) or '__typename'} }}"


def _fragment(kind: GraphQLObjectType) -> str:
    """A few plain values of one of several types, each under a name of its own."""
    plain = [
        f"{kind.name}_{name}: {name}"
        for name, field in kind.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args
    ]
    return f"... on {kind.name} {{ {' '.join(plain[:_VALUES])} }}"


def _variables(arguments: Mapping[str, GraphQLArgument], value: str) -> dict[str, Any]:
    return {name: _filled(name, one.type, value, depth=0) for name, one in arguments.items()}


def _filled(name: str, kind: Any, value: str, *, depth: int) -> Any:
    """A value of an input type: the one to try wherever it fits, in the form that its name asks."""
    if is_non_null_type(kind):
        return _filled(name, kind.of_type, value, depth=depth)
    if is_list_type(kind):
        return [_filled(name, kind.of_type, value, depth=depth)]
    match kind:
        case GraphQLEnumType():
            return next(iter(kind.values))
        case GraphQLInputObjectType():
            return {
                name: _filled(name, field.type, value, depth=depth + 1)
                for name, field in kind.fields.items()
                if is_required_input_field(field) or depth < _DEEPEST
            }
        case GraphQLScalarType():
            address = f"{value}@example.com" if "email" in name.lower() else value
            return _PLAIN.get(kind.name, address)
        case _:
            raise AssertionError(kind)


def _is_aimed(kind: Any, depth: int = 0) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        inner = named.fields.values()
        return depth < _DEEPEST and any(_is_aimed(one.type, depth + 1) for one in inner)
    return isinstance(named, GraphQLScalarType) and (
        named.name in _AIMED or named.name not in _PLAIN
    )


def _absent(value: str, duel: Duel) -> str:
    """One of the same form that nobody has."""
    if _is_id(value):
        return str(new_id())
    drawn = new_id().hex[-12:]
    duel.attacker.drawn.add(drawn)
    if value == duel.victim.slug:
        return f"prove-{drawn}"
    return value.replace(duel.victim.mark, drawn) if duel.victim.mark in value else f"x{value[1:]}"


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
