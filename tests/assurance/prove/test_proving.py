"""The engine on services that hold, and on some that were broken on purpose."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from assurance.prove import entrances
from assurance.prove.attacks import Evidence, Probe
from assurance.prove.duel import Duel
from assurance.prove.entrances import Entrance, register
from assurance.prove.proving import Plan, prove
from assurance.prove.report import Report
from assurance.prove.target import Target
from assurance.prove.transport import Answer, Request, Transport
from auth.development import DevelopmentIssuer
from migrations.runner import build, migrate
from models.registry import load_catalog
from palisade.attacked import attacked
from palisade.service import Service, make_service
from repository.context import ContextKey
from repository.context_keys import install_context_key
from tests.conftest import Urls

JSON = ("content-type", "application/json")
LEAKY = "tests.assurance.prove.leaky"
SMALL = Plan(entrances=("lists",), types=("Vendor", "Group"), both_ways=False)
IDS = replace(SMALL, entrances=("lists", "ids"), types=("Group",))
Answering = Callable[[Request, Transport], Awaitable[Answer]]


@pytest.fixture
async def target(
    built_service: Service, issuer: DevelopmentIssuer, urls: Urls
) -> AsyncIterator[Target]:
    async with attacked(built_service, issuer, witness_url=urls.superuser) as made:
        yield made


class Between:
    """A transport with something between it and the service."""

    def __init__(self, inner: Transport, answering: Answering) -> None:
        self._inner = inner
        self._answering = answering

    async def send(self, request: Request) -> Answer:
        return await self._answering(request, self._inner)


async def proved(target: Target, answering: Answering, plan: Plan = SMALL) -> Report:
    return await prove(replace(target, transport=Between(target.transport, answering)), plan)


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


async def test_a_service_that_holds_is_told_so(target: Target) -> None:
    report = await prove(target, IDS)
    assert (report.findings, report.unproven) == ([], [])
    assert report.held
    assert report.count("ids", "points").held > 0
    assert report.requests > report.attacks > 30


async def test_the_same_seed_sends_the_same(target: Target) -> None:
    sent: list[list[bytes]] = []
    for _ in range(2):
        texts: list[bytes] = []

        async def noted(request: Request, inner: Transport, texts: list[bytes] = texts) -> Answer:
            texts.append(orjson.loads(request.body)["query"].encode())
            return await inner.send(request)

        await proved(target, noted)
        sent.append(texts)
    # Reads that are under way at once may arrive in another order.
    assert sorted(sent[0]) == sorted(sent[1])


async def test_answers_kept_for_everybody_are_found(target: Target) -> None:
    kept: dict[bytes, Answer] = {}

    async def keeping(request: Request, inner: Transport) -> Answer:
        if request.body not in kept:
            kept[request.body] = await inner.send(request)
        return kept[request.body]

    report = await proved(target, keeping)
    assert "no canary of another organisation" in rules(report)
    assert any("Vendor" in finding.evidence for finding in report.findings)


async def test_a_total_that_counts_others_is_found(target: Target) -> None:
    async def counting(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        return replace(answer, body=answer.body.replace(b'"totalCount":5', b'"totalCount":10'))

    report = await proved(target, counting)
    assert rules(report) == {"lists are of own records"}


async def test_a_figure_of_others_is_found(target: Target) -> None:
    async def counting(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        return replace(answer, body=answer.body.replace(b'{"count":5', b'{"count":10'))

    report = await proved(target, counting)
    assert "aggregates are of own records" in rules(report)


async def test_a_foreign_id_that_is_answered_otherwise_is_found(target: Target) -> None:
    asked = itertools.count()

    async def telling(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        if b"nonsense" in request.body:
            return replace(answer, headers=(*answer.headers, ("x-hit", str(next(asked)))))
        return answer

    report = await proved(target, telling, IDS)
    assert rules(report) == {"foreign, random and undecodable ids are answered byte for byte alike"}


async def test_a_header_with_a_canary_is_found(target: Target) -> None:
    names: list[str] = []

    async def naming(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        page = answer.data.get("r0")
        for record in page.get("edges", ()) if isinstance(page, dict) else ():
            names.append(str(record["node"].get("name")))
        return replace(answer, headers=(*answer.headers, ("x-last", names[0] if names else "")))

    report = await proved(target, naming)
    assert "no canary of another organisation" in rules(report)


async def test_a_header_that_chooses_is_found(target: Target) -> None:
    tokens: dict[str, str] = {}

    async def choosing(request: Request, inner: Transport) -> Answer:
        headers = dict(request.headers)
        tokens.setdefault(headers["authorization"], headers["authorization"])
        if "x-tenant" in headers and len(tokens) > 1:
            other = next(one for one in tokens if one != headers["authorization"])
            return await inner.send(replace(request, headers=(("authorization", other), JSON)))
        return await inner.send(request)

    plan = replace(SMALL, entrances=("lists", "requests"))
    report = await proved(target, choosing, plan)
    assert {finding.label for finding in report.findings} == {"headers"}
    assert "no canary of another organisation" in rules(report)


async def test_a_canary_in_the_log_is_found(target: Target) -> None:
    lines: list[str] = []

    async def logging(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        lines.append(f'{{"event":"request","answer":{answer.body.decode()}}}')
        return answer

    plan = replace(SMALL, entrances=("lists", "logs"))
    watched = replace(
        target, transport=Between(target.transport, logging), logs=lambda: "\n".join(lines)
    )
    report = await prove(watched, plan)
    assert rules(report) == {"no canary of anybody is in the logs"}


async def test_a_service_that_answers_nothing_proves_nothing(target: Target) -> None:
    async def refusing(request: Request, inner: Transport) -> Answer:
        if b"IntrospectionQuery" in request.body:
            return await inner.send(request)
        return Answer(200, (), b'{"errors":[{"extensions":{"code":"INTERNAL"}}]}')

    report = await proved(target, refusing)
    assert "something is proven" in rules(report)


async def test_a_row_that_changes_is_found(target: Target) -> None:
    async def changing(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        if b"r0" in request.body:
            await touch()
        return answer

    touched = itertools.count()
    found: list[str] = []

    async def touch() -> None:
        if next(touched) == 5:
            connection = target.witness._connection
            await connection.execute(
                "UPDATE data.vendor SET version = version + 1 WHERE org_id IN "
                "(SELECT org_id FROM data.organization WHERE slug = ANY($1))",
                found,
            )

    plan = replace(SMALL, entrances=("lists",))
    broken = replace(target, transport=Between(target.transport, changing))
    report = await prove(broken, plan, made=found.append)
    assert "others' rows stay as they are" in rules(report)


async def test_an_entrance_that_registers_is_attacked_and_judged(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Feed:
        name = "feed"

        async def attacks(self, duel: Duel) -> AsyncIterator[Probe]:
            async def run() -> Evidence:
                return Evidence(f"… {duel.victim.rows['Vendor'][1]['name']} …")

            yield Probe("a feed", "GET /feed", run)

    monkeypatch.setattr(entrances, "_registered", {})
    feed: Entrance = Feed()
    register(feed)
    with pytest.raises(ValueError, match="feed"):
        register(Feed())
    report = await prove(target, replace(SMALL, entrances=("feed",)))
    (finding, *_) = report.findings
    assert (finding.entrance, finding.label) == ("feed", "a feed")
    assert "Vendor.name of record 1 of organisation 2" in finding.evidence


@asynccontextmanager
async def serving_leaks(
    urls: Urls, key: ContextKey, issuer: DevelopmentIssuer
) -> AsyncIterator[Target]:
    service = make_service(
        models=(LEAKY,),
        app_url=urls.app,
        context_key=key,
        issuer=issuer.as_issuer(),
        connections=2,
    )
    async with attacked(service, issuer, witness_url=urls.superuser) as made:
        yield made


@pytest.fixture
async def leaky_urls(make_database: Callable[[], Urls], context_key: ContextKey) -> Urls:
    urls = await asyncio.to_thread(make_database)
    await migrate(urls.superuser, load_catalog())
    await build(urls.superuser, load_catalog([LEAKY]))
    await install_context_key(urls.superuser, context_key, overlap=timedelta(hours=1))
    return urls


async def test_an_own_resolver_that_keeps_what_others_asked_for_is_found(
    leaky_urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer
) -> None:
    plan = Plan(entrances=("own resolvers",), types=("Vendor",), both_ways=False)
    async with serving_leaks(leaky_urls, context_key, issuer) as target:
        report = await prove(target, plan)
    found = [one for one in report.findings if "canary of another" in one.rule]
    assert {one.label for one in found} == {"nameOf with an id of Vendor"}
    assert "Vendor.name of record 0" in found[0].evidence
    # What echoes does not leak.
    assert not any(one.label.startswith("echo") for one in report.findings)
    assert report.count("own resolvers", "echo").held > 5


async def test_guards_of_own_models_are_met_where_they_are_plain(
    leaky_urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer
) -> None:
    plan = Plan(entrances=("mutations",), types=("Leak",))
    async with serving_leaks(leaky_urls, context_key, issuer) as target:
        report = await prove(target, plan)
    assert (report.findings, report.unproven) == ([], []), report.as_markdown()
    assert (report.count("mutations", "update").held, report.count("mutations", "seal").held) == (
        4,
        2,
    )


async def test_what_an_own_resolver_stores_of_what_was_guessed_is_no_leak(
    leaky_urls: Urls, context_key: ContextKey, issuer: DevelopmentIssuer
) -> None:
    """Nor is the caller forgotten, whom an update gave another subject in the meantime."""
    plan = Plan(
        entrances=("lists", "cursors", "mutations", "own resolvers"), types=("User", "Group")
    )
    async with serving_leaks(leaky_urls, context_key, issuer) as target:
        report = await prove(target, plan)
    assert report.findings == [], report.as_markdown()
    kept = report.count("own resolvers", "keep")
    assert (kept.held > 10, kept.unproven) == (True, 0), report.unproven
    # Of each kind some are told, however many there are of another.
    told = Counter(one.kind for one in report.unproven)
    assert {"posture", "refreshFindings"} <= told.keys()
    for (_, kind), count in report.counts.items():
        assert told[kind] >= min(20, count.unproven), kind
