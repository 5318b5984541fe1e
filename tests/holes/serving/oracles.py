"""Answers by which a foreign record is told from one that is not there."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

import resolvers.arguments
from palisade.endpoint import Answer, Endpoint, _encoded
from repository.errors import NotFound, Stale
from repository.repository import Repository
from resolvers.errors import BadInput
from tests.holes.serving.ground import (
    Ground,
    ServiceHole,
    Stage,
    Wrap,
    unchanged,
    without_request_id,
)

_GET = "query ($id: ID!) { vendor(id: $id) { name } }"
_UPDATE = (
    "mutation ($id: ID!) { updateVendor(input: {id: $id, version: 1, country: null}) "
    "{ vendor { id } } }"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWNER = (
    "SELECT o.name FROM data.vendor AS v JOIN data.organization AS o ON o.id = v.org_id "
    "WHERE v.id = ANY ($1::text[]::uuid[]) AND v.org_id <> $2 LIMIT 1"
)
_PAUSE_SECONDS = 0.002

Effect = Callable[[Answer, str], Awaitable[Answer]]


def _telling(effect: Effect) -> Callable[[Ground], AbstractAsyncContextManager[Wrap]]:
    """Changes the answer to requests that name somebody else's vendor."""

    @asynccontextmanager
    async def plant(ground: Ground) -> AsyncIterator[Wrap]:
        answer = Endpoint._answer
        # One for each loop: the service may be served by another one than the plant's.
        pools: dict[object, asyncpg.Pool] = {}
        locks: dict[object, asyncio.Lock] = {}

        async def owner_of(ids: list[str], org_id: UUID) -> str | None:
            loop = asyncio.get_running_loop()
            async with locks.setdefault(loop, asyncio.Lock()):
                if loop not in pools:
                    made = asyncpg.create_pool(ground.superuser, min_size=1, max_size=2)
                    pools[loop] = await made
            name: str | None = await pools[loop].fetchval(_OWNER, ids, org_id)
            return name

        async def answered(self: Endpoint, request: Any, claims: Any, **given: Any) -> Answer:
            made = await answer(self, request, claims, **given)
            ids = _UUID.findall(f"{request.query} {request.variables}")
            if ids and claims.org_id:
                owner = await owner_of(ids, claims.org_id.value)
                if owner is not None:
                    return await effect(made, owner)
            return made

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Endpoint, "_answer", answered)
            try:
                yield unchanged
            finally:
                for loop, pool in pools.items():
                    if loop is asyncio.get_running_loop():
                        await pool.close()
                    else:
                        pool.terminate()

    return plant


def _refusal(message: str) -> Answer:
    error = {"message": message, "path": ["vendor"], "extensions": {"code": "FORBIDDEN"}}
    return Answer(200, {"data": {"vendor": None}, "errors": [error]})


async def _other_code(answer: Answer, owner: str) -> Answer:
    return _refusal("The record is not yours.")


async def _names_owner(answer: Answer, owner: str) -> Answer:
    return _refusal(f"The record belongs to {owner}.")


async def _other_status(answer: Answer, owner: str) -> Answer:
    return Answer(403, answer.body, headers=answer.headers)


async def _header(answer: Answer, owner: str) -> Answer:
    return Answer(answer.status, answer.body, headers={**answer.headers, "x-cache": "hit"})


async def _longer(answer: Answer, owner: str) -> Answer:
    return Answer(answer.status, _encoded(answer) + b" ", headers=answer.headers)


async def _detail(answer: Answer, owner: str) -> Answer:
    body = orjson.loads(_encoded(answer))
    return Answer(answer.status, {**body, "extensions": {"filtered": 1}}, headers=answer.headers)


async def _slower(answer: Answer, owner: str) -> Answer:
    await asyncio.sleep(_PAUSE_SECONDS)
    return answer


@asynccontextmanager
async def _undecodable(ground: Ground) -> AsyncIterator[Wrap]:
    read = resolvers.arguments.record_id

    def record_id(value: object) -> Any:
        if not _UUID.fullmatch(str(value)):
            raise BadInput("id", "must be a UUID")
        return read(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolvers.arguments, "record_id", record_id)
        yield unchanged


@asynccontextmanager
async def _stale(ground: Ground) -> AsyncIterator[Wrap]:
    why_not = Repository._why_not

    async def told(self: Repository, session: Any, id: Any, **given: Any) -> Any:
        reason = await why_not(self, session, id, **given)
        if isinstance(reason, NotFound):
            async with ground.root() as root:
                name = self._table.qualified_name
                if await root.fetchval(f"SELECT count(*) FROM {name} WHERE id = $1", id):
                    return Stale()
        return reason

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Repository, "_why_not", told)
        yield unchanged


@asynccontextmanager
async def _unique_everywhere(ground: Ground) -> AsyncIterator[Wrap]:
    async with ground.changed(
        by="CREATE UNIQUE INDEX vendor_name_everywhere ON data.vendor (name)",
        back="DROP INDEX data.vendor_name_everywhere",
    ):
        yield unchanged


@asynccontextmanager
async def _keyless(ground: Ground) -> AsyncIterator[Wrap]:
    key = "CONSTRAINT fk_specimen_site_id"
    async with ground.changed(
        by=f"ALTER TABLE data.specimen DROP {key}",
        back=(
            "DELETE FROM data.specimen WHERE label = 'refers elsewhere'; "
            # Others are referred to themselves: they can't go.
            "UPDATE data.specimen AS p SET site_id = "
            "(SELECT s.id FROM data.site AS s WHERE s.org_id = p.org_id LIMIT 1) WHERE NOT EXISTS "
            "(SELECT FROM data.site AS s WHERE s.org_id = p.org_id AND s.id = p.site_id); "
            f"ALTER TABLE data.specimen ADD {key} FOREIGN KEY (org_id, site_id) "
            "REFERENCES data.site (org_id, id)"
        ),
    ):
        yield unchanged


def _differs(query: str, *, other: Callable[[], str] = lambda: str(uuid4())) -> Any:
    """Whether the victim's id is answered in another way than the other one."""

    async def exploit(stage: Stage) -> bool:
        foreign = await stage.ask(stage.attacker, query, {"id": await stage.id("vendor")})
        missing = await stage.ask(stage.attacker, query, {"id": other()})
        return without_request_id(foreign) != without_request_id(missing)

    return exploit


async def _owner_named(stage: Stage) -> bool:
    return stage.tells(await stage.asked(_GET, {"id": await stage.id("vendor")}))


async def _takes_longer(stage: Stage) -> bool:
    foreign = await stage.id("vendor")
    times: dict[str, list[float]] = {"foreign": [], "missing": []}
    for _ in range(25):
        for name, id in (("missing", str(uuid4())), ("foreign", foreign)):
            started = time.perf_counter()
            await stage.ask(stage.attacker, _GET, {"id": id})
            times[name].append(time.perf_counter() - started)
    return median(times["foreign"]) - median(times["missing"]) > _PAUSE_SECONDS / 2


async def _taken_name(stage: Stage) -> bool:
    name = f"canary-{stage.victim.mark}-vendor-name-0"
    query = (
        "mutation ($name: String!) { createVendor(input: {name: $name, tier: LOW}) "
        "{ vendor { id } } }"
    )
    answer = (await stage.ask(stage.attacker, query, {"name": name})).json()
    await stage.root.execute(
        "DELETE FROM data.vendor WHERE org_id = $1 AND name = $2", stage.attacker.org_id, name
    )
    return "errors" in answer


async def _refers(stage: Stage) -> bool:
    query = (
        'mutation ($id: ID!) { createSpecimen(input: {label: "refers elsewhere", siteId: $id}) '
        "{ specimen { id } } }"
    )
    answer = (await stage.ask(stage.attacker, query, {"id": await stage.id("site")})).json()
    return "errors" not in answer


ORACLE_HOLES = (
    ServiceHole(
        "foreign-id-by-code",
        "A record of somebody else's is answered with FORBIDDEN, a missing one with null: the "
        "code tells which ids there are.",
        _telling(_other_code),
        _differs(_GET),
    ),
    ServiceHole(
        "foreign-id-names-its-owner",
        "The message says whose record it is, to help the support.",
        _telling(_names_owner),
        _owner_named,
    ),
    ServiceHole(
        "foreign-id-by-status",
        "The status is 403 for a foreign record and 200 for a missing one.",
        _telling(_other_status),
        _differs(_GET),
    ),
    ServiceHole(
        "foreign-id-by-header",
        "A header tells that something was found before the access rules took it away.",
        _telling(_header),
        _differs(_GET),
    ),
    ServiceHole(
        "foreign-id-by-length",
        "The body of a foreign record's answer is a blank longer; its values are the same.",
        _telling(_longer),
        _differs(_GET),
    ),
    ServiceHole(
        "foreign-id-by-extension",
        "The answer counts in its extensions how many records were filtered out.",
        _telling(_detail),
        _differs(_GET),
    ),
    ServiceHole(
        "foreign-id-by-time",
        "A foreign record is fetched before it is refused: its answer takes two milliseconds "
        "longer.",
        _telling(_slower),
        _takes_longer,
        thorough=True,
    ),
    ServiceHole(
        "undecodable-id-refused",
        "What is no id is refused by name, a foreign id is not: an attacker learns which forms "
        "of ids are worth trying.",
        _undecodable,
        _differs(_GET, other=lambda: "no id"),
    ),
    ServiceHole(
        "foreign-record-is-stale",
        "An update that meets no row says STALE where the id is anybody's, NOT_FOUND where it is "
        "nobody's.",
        _stale,
        _differs(_UPDATE),
    ),
    ServiceHole(
        "name-taken-elsewhere",
        "A unique index without org_id: making a record tells that another organisation has one "
        "of that name.",
        _unique_everywhere,
        _taken_name,
    ),
    ServiceHole(
        "reference-to-a-foreign-record",
        "The composite key of a reference is gone: a mutation takes another organisation's id.",
        _keyless,
        _refers,
    ),
)
