"""The single steps of the fuzz: what an organisation asks, and what goes wrong meanwhile.

Each checks its own answer; one that ends without a word leaves its record unclear.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import uuid4

import asyncpg
import httpx
import orjson

from repository.connections import Transaction
from repository.context import LIFETIME, ContextKey, ContextSigner
from repository.context_keys import install_context_key
from repository.errors import (
    Contended,
    ContextRefused,
    DatabaseUnavailable,
    Duplicate,
    TooSlow,
    TransactionFailed,
)
from repository.repositories import Repositories
from repository.session import entered
from tests.fuzz.world import ACTOR, ENDED, PATIENCE_SECONDS, Door, Party, World

Step = Callable[[World, Door, Party, Random], Awaitable[None]]

READ = """query ($names: [String!]) {
  vendors(first: 100, orderBy: [{name: ASC}]) { totalCount nodes { name } }
  vendorsAggregate { count }
  organizations { nodes { slug } }
  some: vendors(where: {name: {in: $names}}) { totalCount }
}"""
BY_ID = "query ($own: ID!, $foreign: ID!) { own: vendor(id: $own) { name } foreign: vendor(id: $foreign) { name } node(id: $foreign) { id } }"
CREATE = "mutation ($name: String!) { createVendor(input: {name: $name, tier: LOW}) { vendor { name } } }"
CREATE_TWICE = """mutation ($name: String!, $taken: String!) {
  createVendors(input: {records: [{name: $name, tier: LOW}, {name: $taken, tier: LOW}]})
  { vendors { name } }
}"""
DELETE = "mutation ($id: ID!) { deleteVendor(input: {id: $id}) { vendor { name } } }"
FIND = "query ($name: String!) { vendors(where: {name: {eq: $name}}) { nodes { id } } }"
MANY = 40

# What an answer without data may say here, and no other word.
_REFUSALS = {"UNAVAILABLE", "TOO_COMPLEX", "CONFLICT"}
# What ends a statement before its end was heard, so that nobody knows how it ended.
_UNCLEAR = (DatabaseUnavailable,)
# What ends it for sure.
_REFUSED = (TooSlow, Contended, ContextRefused, TransactionFailed, Duplicate)


class Undone(Exception):
    """Raised by a step within its own transaction."""


def _codes(response: httpx.Response) -> set[str]:
    return {error["extensions"]["code"] for error in response.json().get("errors", ())}


def _failed(world: World, response: httpx.Response, party: Party) -> bool:
    """Whether there is no answer; that is allowed, with one of a few words."""
    for one in world.parties:
        if one is not party:
            assert one.slug not in response.text, response.text
    codes = _codes(response)
    assert codes <= _REFUSALS, response.text
    if codes:
        world.tally.update(codes)
        return True
    assert response.status_code == 200, response.text
    return False


async def read(world: World, door: Door, party: Party, random: Random) -> None:
    before, gone = set(party.present), set(party.absent)
    names = sorted(party.controls)
    foreign = sorted(world.other(party).controls)
    response = await door.ask(party, READ, {"names": [*names, *foreign]})
    if _failed(world, response, party):
        return
    data = response.json()["data"]
    found = {node["name"] for node in data["vendors"]["nodes"]}
    assert all(name.startswith(f"canary-{party.slug}-") for name in found), found
    assert data["organizations"]["nodes"] == [{"slug": party.slug}]
    assert data["some"]["totalCount"] == len(names), data
    if data["vendors"]["totalCount"] <= 100:
        missing = (before & party.present) - found
        assert not missing, f"present and not found: {missing}"
    # One statement on one connection sees one moment on the compiled path; on the other one each
    # field is a statement, so the two counts may differ by what happened between.
    assert not gone & found, f"gone and found: {gone & found}"
    world.tally["read"] += 1


async def by_id(world: World, door: Door, party: Party, random: Random) -> None:
    name, own = random.choice(sorted(party.controls.items()))
    foreign = random.choice(sorted(world.other(party).controls.values()))
    response = await door.ask(party, BY_ID, {"own": own, "foreign": foreign})
    if _failed(world, response, party):
        return
    expected = {"own": {"name": name}, "foreign": None, "node": None}
    assert response.json()["data"] == expected, response.text
    world.tally["by_id"] += 1


async def create(world: World, door: Door, party: Party, random: Random) -> None:
    if len(party.present) > MANY:
        await delete(world, door, party, random)
        return
    name = party.new_name()
    response = await door.ask(party, CREATE, {"name": name})
    if _failed(world, response, party):
        # Nobody had the name: in conflict it would be with itself.
        assert "CONFLICT" not in _codes(response), response.text
        if _codes(response) == {"TOO_COMPLEX"}:
            party.settle(name, there=False)
        return
    assert response.json()["data"]["createVendor"]["vendor"]["name"] == name
    party.settle(name, there=True)
    world.tally["create"] += 1


async def conflict(world: World, door: Door, party: Party, random: Random) -> None:
    """The second record is refused, so the first must not be there either."""
    name, taken = party.new_name(), random.choice(sorted(party.controls))
    response = await door.ask(party, CREATE_TWICE, {"name": name, "taken": taken})
    assert _failed(world, response, party), response.text
    if _codes(response) in ({"CONFLICT"}, {"TOO_COMPLEX"}):
        party.settle(name, there=False)
        world.tally["conflict"] += 1


async def delete(world: World, door: Door, party: Party, random: Random) -> None:
    choice = sorted(party.present - party.controls.keys())
    if not choice:
        return
    name = random.choice(choice)
    party.doubt(name)
    found = await door.ask(party, FIND, {"name": name})
    if _failed(world, found, party):
        return
    nodes = found.json()["data"]["vendors"]["nodes"]
    if not nodes:
        return  # another step was faster
    response = await door.ask(party, DELETE, {"id": nodes[0]["id"]})
    if "NOT_FOUND" in _codes(response) or _failed(world, response, party):
        return
    party.settle(name, there=False)
    world.tally["delete"] += 1


def _repositories(door: Door, party: Party) -> Repositories:
    return door.service.database.of(party.org_id, ACTOR)


@contextlib.asynccontextmanager
async def _deciding(world: World, party: Party, names: list[str]) -> AsyncIterator[None]:
    """Names made in a transaction: refused with it, unclear where its connection was lost."""
    try:
        yield
    except (*_REFUSED, Undone) as error:
        world.tally[type(error).__name__] += 1
        for name in names:
            party.settle(name, there=False)
    except _UNCLEAR:
        world.tally["UNAVAILABLE"] += 1


async def savepoints(world: World, door: Door, party: Party, random: Random) -> None:
    """Nested transactions on the held connection, each kept or not; then all of it, or not."""
    names: list[str] = []
    kept: list[str] = []
    async with _deciding(world, party, names):
        async with _repositories(door, party).transaction() as inside:
            kept += await _nested(world, inside, party, names, random, depth=0)
            if random.random() < 0.25:
                raise Undone
        for name in names:
            party.settle(name, there=name in kept)
        world.tally["savepoints"] += 1


async def _nested(
    world: World, inside: Repositories, party: Party, names: list[str], random: Random, *, depth: int
) -> list[str]:  # fmt: skip
    transaction = inside.session.transaction
    assert transaction is not None
    kept = []
    for _ in range(random.randint(1, 2)):
        name = party.new_name()
        names.append(name)
        await inside.of(world.vendor).create({"name": name, "tier": "LOW"})
        kept.append(name)
        if depth < 2 and random.random() < 0.6:
            with contextlib.suppress(Undone):
                async with _savepoint(transaction):
                    inner = await _nested(world, inside, party, names, random, depth=depth + 1)
                    if random.random() < 0.5:
                        raise Undone
                    kept += inner
    rows = await inside.of(world.vendor).get_many([])
    assert rows == []
    return kept


@contextlib.asynccontextmanager
async def _savepoint(transaction: Transaction) -> AsyncIterator[None]:
    """In the words that a guarded connection takes: of equal names the innermost is meant."""
    await transaction.fetch_row("SAVEPOINT part", [])
    try:
        yield
    except Undone:
        await transaction.fetch_row("ROLLBACK TO SAVEPOINT part", [])
        await transaction.fetch_row("RELEASE SAVEPOINT part", [])
        raise
    await transaction.fetch_row("RELEASE SAVEPOINT part", [])


async def load(world: World, door: Door, party: Party, random: Random) -> None:
    """The product's own savepoints: a part that is refused is undone, and the rest goes on."""
    name, other = party.new_name(), party.new_name()
    names = [name, other]
    taken = random.choice(sorted(party.controls))
    async with _deciding(world, party, names):
        async with door.service.database.loading(party.org_id, ACTOR) as loading:
            row = {"tier": "LOW"}
            assert await loading.create(world.vendor, [{"id": uuid4(), "name": name} | row]) is None
            refused = await loading.create(
                world.vendor,
                [{"id": uuid4(), "name": other} | row, {"id": uuid4(), "name": taken} | row],
            )
            assert isinstance(refused, Duplicate), refused
            if random.random() < 0.25:
                raise Undone
        party.settle(name, there=True)
        party.settle(other, there=False)
        world.tally["load"] += 1


async def caught(world: World, door: Door, party: Party, random: Random) -> None:
    """A block that catches the error of a statement has failed all the same."""
    names = [party.new_name()]
    async with _deciding(world, party, names):
        async with _repositories(door, party).transaction() as inside:
            vendors = inside.of(world.vendor)
            await vendors.create({"name": names[0], "tier": "LOW"})
            with contextlib.suppress(Duplicate):
                await vendors.create({"name": min(party.controls), "tier": "LOW"})
        raise AssertionError("a failed transaction was committed")


async def idle_too_long(world: World, door: Door, party: Party, random: Random) -> None:
    """The server ends a transaction in which nothing happens."""
    names = [party.new_name()]
    async with _deciding(world, party, names):
        async with _repositories(door, party).transaction() as inside:
            await inside.of(world.vendor).create({"name": names[0], "tier": "LOW"})
            await asyncio.sleep(world.idle_seconds * random.choice((0.2, 2)))
            await inside.of(world.vendor).get_many([])
        party.settle(names[0], there=True)
        world.tally["paused"] += 1


async def slow(world: World, door: Door, party: Party, random: Random) -> None:
    """A statement that takes too long, in a transaction that has been entered."""
    names = [party.new_name()]
    async with _deciding(world, party, names):
        async with _repositories(door, party).transaction() as inside:
            await inside.of(world.vendor).create({"name": names[0], "tier": "LOW"})
            transaction = inside.session.transaction
            assert transaction is not None
            seconds = random.choice((0.02, 2))
            await transaction.fetch_row("SELECT pg_catalog.pg_sleep($1)", [seconds])
        party.settle(names[0], there=True)
        world.tally["waited"] += 1


async def expired(world: World, door: Door, party: Party, random: Random) -> None:
    """A context past its time is refused; one whose time ends in the middle may be."""
    session = door.service.database._session(party.org_id, ACTOR)
    age = random.choice((LIFETIME.total_seconds() + 5, LIFETIME.total_seconds() - 0.5))
    signer = ContextSigner(world.key, clock=lambda: time.time() - age)
    repositories = Repositories(replace(session, signer=signer))
    names = [party.new_name()]
    async with _deciding(world, party, names):
        row = {"name": names[0], "tier": "LOW"}
        if random.random() < 0.5:
            await repositories.of(world.vendor).create(row)
        else:
            async with repositories.transaction() as inside:
                await inside.of(world.vendor).create(row)
        assert age < LIFETIME.total_seconds(), "an expired context was accepted"
        party.settle(names[0], there=True)


async def forged(world: World, door: Door, party: Party, random: Random) -> None:
    """A context of another key, and a second organisation in one transaction, are refused."""
    other = world.other(party)
    session = door.service.database._session(party.org_id, ACTOR)
    names = [party.new_name()]
    async with _deciding(world, party, names):
        if random.random() < 0.5:
            strange = replace(session, signer=ContextSigner(ContextKey.generate()))
            await Repositories(strange).of(world.vendor).create({"name": names[0], "tier": "LOW"})
        else:
            async with entered(session) as inside:
                vendors = Repositories(inside).of(world.vendor)
                await vendors.create({"name": names[0], "tier": "LOW"})
                context = session.signer.sign(other.org_id)
                await inside.executor.fetch_row("SELECT palisade.enter($1)", [context])
        raise AssertionError("a refused context was accepted")


async def unheard(world: World, door: Door, party: Party, random: Random) -> None:
    """A record is made and the answer lost: nobody may ask for it a second time."""
    door.pool.unheard += 1
    await create(world, door, party, random)
    world.tally["unheard"] += 1


async def overtaken(world: World, door: Door, party: Party, random: Random) -> None:
    """Somebody waits for a connection and gives up in the moment in which it comes."""
    held: list[asyncpg.Connection] = []
    try:
        for _ in range(door.pool._size):
            held.append(await door.pool.acquire())
        waiting = asyncio.ensure_future(door.pool.acquire())
        await asyncio.sleep(0)
    except (TimeoutError, *ENDED):
        return  # others were faster, or the connection was ended
    finally:
        for connection in held:
            door.pool.release(connection)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    world.tally["overtaken"] += 1


async def disconnect(world: World, door: Door, party: Party, random: Random) -> None:
    """A client that hangs up, over real HTTP."""
    assert door.address is not None
    name = party.new_name()
    query, variables = random.choice(
        [(READ, {"names": []}), (CREATE, {"name": name}), (CREATE, {"name": name})]
    )
    body = orjson.dumps({"query": query, "variables": variables})
    _, writer = await asyncio.open_connection(*door.address)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\nauthorization: Bearer %s\r\n\r\n%s"
        % (len(body), party.token.encode(), body)
    )
    await writer.drain()
    await asyncio.sleep(random.random() * 0.01)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    world.tally["disconnect"] += 1


async def kill(world: World, door: Door, party: Party, random: Random) -> None:
    """Ends some backends of the service."""
    await asyncio.sleep(random.random() * 0.01)
    async with world.turn:
        ended = await world.root.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'palisade_app' "
            "ORDER BY random() LIMIT $1) AS found",
            random.randint(1, 3),
        )
    world.tally["killed"] += ended


async def lock(world: World, door: Door, party: Party, random: Random) -> None:
    """Nobody reads vendors for a while."""
    connection = await asyncpg.connect(world.superuser_url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = 200")
            with contextlib.suppress(asyncpg.LockNotAvailableError):
                await connection.execute("LOCK TABLE data.vendor IN ACCESS EXCLUSIVE MODE")
                await asyncio.sleep(random.choice((0.01, world.statement_seconds * 1.3)))
                world.tally["locked"] += 1
    finally:
        await connection.close()


async def rotate(world: World, door: Door, party: Party, random: Random) -> None:
    """Another key: the old one goes on for a while, or is refused at once."""
    key = ContextKey.generate()
    overlap = random.choice((timedelta(0), timedelta(hours=1)))
    async with world.turn:
        await install_context_key(world.owner_url, key, overlap=overlap)
        await asyncio.sleep(random.random() * 0.01)
        world.use_key(key)
    world.tally["rotated"] += 1


WEIGHTS: dict[Step, int] = {
    read: 26, by_id: 12, create: 16, conflict: 6, delete: 8, savepoints: 7, load: 4, caught: 3,
    idle_too_long: 1, slow: 2, expired: 3, forged: 3, disconnect: 5, kill: 2, lock: 1, rotate: 1,
    unheard: 2, overtaken: 2,
}  # fmt: skip
# What may be cancelled in the middle: not what is the fuzz's own.
CANCELLED: frozenset[Step] = frozenset(WEIGHTS) - {
    disconnect, kill, lock, rotate, overtaken,
}  # fmt: skip


async def run(world: World, steps: int) -> None:
    """So many steps, a few at a time, and a look at everything after each few."""
    random = world.random
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    done = 0
    while done < steps:
        count = min(random.randint(1, 10), steps - done)
        chosen = random.choices(kinds, weights, k=count)
        world.log.append(" ".join(step.__name__ for step in chosen))
        tasks = []
        for step in chosen:
            # Drawn here, so that what happens when doesn't change what is drawn.
            own = Random(random.getrandbits(64))
            door, party = random.choice(world.doors), random.choice(world.parties)
            cancelled = own.random() * 0.02 if own.random() < 0.15 else None
            pause = own.random() * 0.005
            tasks.append(_one(world, step, door, party, own, pause=pause, cancelled=cancelled))
        running = [asyncio.ensure_future(task) for task in tasks]
        _, hanging = await asyncio.wait(running, timeout=PATIENCE_SECONDS)
        names = [
            step.__name__ for step, task in zip(chosen, running, strict=True) if task in hanging
        ]
        assert not hanging, f"these hang: {names}"
        for task in running:
            await task
        await world.rest()
        done += count
    await world.borrow_all()


async def _one(
    world: World, step: Step, door: Door, party: Party, random: Random, *,
    pause: float, cancelled: float | None,
) -> None:  # fmt: skip
    await asyncio.sleep(pause)
    task = asyncio.ensure_future(step(world, door, party, random))
    if cancelled is not None and step in CANCELLED:
        await asyncio.wait([task], timeout=cancelled)
        if not task.done():
            world.tally["cancelled"] += 1
            task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error
