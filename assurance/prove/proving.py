"""The whole of it: organisations are made, each attacks another, and a report tells of it."""

import platform
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import asyncpg
import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
)

from assurance.prove.campaign import Campaign, barren
from assurance.prove.coverage import Coverage
from assurance.prove.duel import JSON, Duel
from assurance.prove.entrances import Entrance, derived_entrances, registered
from assurance.prove.forms import Forms
from assurance.prove.interference import ROWS_RULE, Interference
from assurance.prove.logs import Logs
from assurance.prove.operators import Operators
from assurance.prove.parties import Party, found_parties
from assurance.prove.report import Finding, Report
from assurance.prove.requests import Envelopes, Paths
from assurance.prove.taken import Taken
from assurance.prove.target import Target
from assurance.prove.timing import PAIRS, Timing
from assurance.prove.tokens import Tokens
from assurance.prove.transfer import Exports, Imports
from assurance.prove.transport import Request
from assurance.prove.unknown import OwnResolvers
from repository.errors import RepositoryError

_LIBRARIES: Final = ("palisade", "graphql-core", "strawberry-graphql", "asyncpg", "starlette")

Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried. ``entrances`` and ``types``: only these; None: all there are.

    ``both_ways``: each organisation is attacker and victim once; else the first attacks alone.
    ``pairs``: of answers whose times are compared.
    """

    seed: int = 1
    orgs: int = 2
    entrances: Collection[str] | None = None
    types: Collection[str] | None = None
    both_ways: bool = True
    pairs: int = PAIRS


async def prove(
    target: Target,
    plan: Plan = Plan(),
    *,
    tell: Tell = lambda entrance, done: None,
    made: Callable[[str], None] = lambda slug: None,
) -> Report:
    """Attacks a service with everything that its schema allows, and tells what came of it.

    ``tell`` is called after each attack; ``made``, before an organisation is
    made, with its slug.
    """
    report = Report(plan.seed, plan.orgs)
    report.versions = await _versions(target)
    report.started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    report.types = len(target.catalog.exposed if plan.types is None else plan.types)
    began = time.monotonic()
    try:
        parties = await found_parties(target, orgs=plan.orgs, seed=plan.seed, made=made)
    except (RepositoryError, asyncpg.InsufficientPrivilegeError) as error:
        # What one organisation may write depends on another: nothing more can be tried.
        told_by = f"{type(error).__name__}: {error}"
        report.findings.append(Finding("organisations are made and filled", "rows", "", told_by))
        return report
    live = await live_schema(target, parties[0])
    report.findings += differences(target.schema, live)
    coverage = Coverage(live)
    chosen = [one for one in all_entrances(pairs=plan.pairs) if _is_chosen(one, plan.entrances)]
    done = 0
    for attacker, victim in _pairs(parties, both_ways=plan.both_ways):
        duel = Duel(
            target,
            parties,
            attacker,
            victim,
            live=live,
            coverage=coverage,
            seed=plan.seed,
            types=plan.types,
        )
        for party in parties:
            party.own(await target.witness.rows(party.org_id))
        await duel.take_digests()

        def told(entrance: str) -> None:
            nonlocal done
            done += 1
            tell(entrance, done)

        campaign = Campaign(duel, report, told)
        for entrance in chosen:
            await campaign.carry(entrance.name, entrance.attacks(duel))
        report.findings += [
            Finding(ROWS_RULE, "rows", table, evidence) for table, evidence in await duel.changed()
        ]
        report.requests += duel.requests
        report.timing += duel.timing
    report.seconds = time.monotonic() - began
    report.findings += barren(report)
    _tell_reached(report, coverage, judged=plan.entrances is None and plan.types is None)
    return report


def all_entrances(*, pairs: int = PAIRS) -> Iterable[Entrance]:
    """Every entrance, in the order in which they are attacked.

    Before imports, for they leave foreign ids in the attacker's own audit trail, the victim writes.
    Own resolvers come late: what their mutations store may hold values of the victim's.
    """
    return (
        *derived_entrances(),
        Interference(),
        Envelopes(),
        Forms(),
        Paths(),
        Timing(pairs),
        Exports(),
        Imports(),
        *registered().values(),
        Operators(),
        Tokens(),
        Taken(),
        OwnResolvers(),
        Logs(),
    )


async def live_schema(target: Target, party: Party) -> GraphQLSchema:
    """The schema that the service tells to one of its own."""
    body = orjson.dumps({"query": get_introspection_query(descriptions=False)})
    headers = (("authorization", f"Bearer {party.token}"), JSON)
    answer = await target.transport.send(Request("POST", target.endpoint, headers, body))
    assert answer.data, answer.body
    return _schema_of(answer.body)


@lru_cache(maxsize=2)
def _schema_of(answer: bytes) -> GraphQLSchema:
    return build_client_schema(orjson.loads(answer)["data"])


def differences(derived: GraphQLSchema, live: GraphQLSchema) -> Iterable[Finding]:
    """What only one of the two schemas has."""
    expected, found = set(_members(derived)), set(_members(live))
    for line in sorted(found ^ expected):
        where = "only the service has it" if line in found else "only the models have it"
        yield Finding("the service has the schema of its models", "schema", line, where)


def _members(schema: GraphQLSchema) -> Iterator[str]:
    """Every type, and everything of it with its type; what may be left out has a question mark."""
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        yield f"{_kind(kind)} {name}"
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                yield from (f"{name} implements {one.name}" for one in kind.interfaces)
                for each, field in kind.fields.items():
                    given = ", ".join(
                        f"{one}{'' if is_required_argument(argument) else '?'}: {argument.type}"
                        for one, argument in sorted(field.args.items())
                    )
                    yield f"{name}.{each}({given}): {field.type}"
            case GraphQLInputObjectType():
                for each, part in kind.fields.items():
                    optional = "" if is_required_input_field(part) else "?"
                    yield f"{name}.{each}{optional}: {part.type}"
            case GraphQLEnumType():
                yield from (f"{name}.{value}" for value in kind.values)
            case GraphQLUnionType():
                yield from (f"{name} may be {one.name}" for one in kind.types)


def _kind(kind: GraphQLNamedType) -> str:
    kinds = {
        GraphQLObjectType: "type",
        GraphQLInterfaceType: "interface",
        GraphQLInputObjectType: "input",
        GraphQLEnumType: "enum",
        GraphQLUnionType: "union",
    }
    return next((word for one, word in kinds.items() if isinstance(kind, one)), "scalar")


def _tell_reached(report: Report, coverage: Coverage, *, judged: bool) -> None:
    for name, wanted, reached in (
        ("fields", coverage.all_fields, coverage.fields),
        ("input fields", coverage.all_input_fields, coverage.input_fields),
    ):
        missing = sorted(wanted - reached)
        report.reached = {**report.reached, name: (len(wanted) - len(missing), len(wanted))}
        if judged:
            for type_name, field in missing:
                report.findings.append(
                    Finding("every field is attacked", "schema", f"{type_name}.{field}", name)
                )


def _pairs(parties: list[Party], *, both_ways: bool) -> list[tuple[Party, Party]]:
    pairs = [(one, parties[(index + 1) % len(parties)]) for index, one in enumerate(parties)]
    return pairs if both_ways else pairs[:1]


def _is_chosen(entrance: Entrance, wanted: Collection[str] | None) -> bool:
    return wanted is None or entrance.name in wanted


async def _versions(target: Target) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    found["PostgreSQL"] = await target.witness.server_version()
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
