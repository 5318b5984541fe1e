"""Own resolvers of a team that go round the repositories."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module

from tests.holes.serving.ground import Ground, ServiceHole, Stage, Wrap, nothing, unchanged


def _privileged(package: str) -> Callable[[Ground], AbstractAsyncContextManager[Wrap]]:
    """Gives the package the URL of a role that no policy binds."""

    @asynccontextmanager
    async def plant(ground: Ground) -> AsyncIterator[Wrap]:
        url: list[str] = import_module(package).URL
        url[:] = [ground.superuser]
        try:
            yield unchanged
        finally:
            url.clear()

    return plant


def _asks(query: str) -> Callable[[Stage], Awaitable[bool]]:
    async def exploit(stage: Stage) -> bool:
        return stage.tells(await stage.asked(query % {"org": stage.victim.org_id}))

    return exploit


OWN_HOLES = (
    ServiceHole(
        "resolver-takes-an-org",
        "An own resolver takes the organisation's id as an argument and makes repositories of it.",
        nothing,
        _asks('{ vendorNamesOf(orgId: "%(org)s") }'),
        extensions=("tests.holes.own.argument",),
    ),
    ServiceHole(
        "resolver-with-raw-sql",
        "An own resolver sends SQL of its own over a connection of a privileged role, without a "
        "context or a predicate.",
        _privileged("tests.holes.own.rawsql"),
        _asks('{ searchVendors(text: "canary") }'),
        extensions=("tests.holes.own.rawsql",),
    ),
    ServiceHole(
        "resolver-lists-organisations",
        "An own resolver lists the short names of all who are served here.",
        _privileged("tests.holes.own.directory"),
        _asks("{ customers { slug } }"),
        extensions=("tests.holes.own.directory",),
    ),
    ServiceHole(
        "resolver-compares-organisations",
        "An own resolver compares the caller with everybody else and shows whom with.",
        _privileged("tests.holes.own.figures"),
        _asks("{ vendorBenchmark { vendors largest } }"),
        extensions=("tests.holes.own.figures",),
    ),
)
