"""The demonstration, as somebody meets it who has just downloaded the product."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from palisade.demonstration.examples import LIST, POINT, TREE, examples_for

SLUGS = ("acme", "globex")
READY_SECONDS = 60
AGAIN_SECONDS = 20


@dataclass
class Demo:
    """A demonstration that runs, and what it told on its one line."""

    process: Any
    told: Any
    seconds: float

    def ask(self, slug: str, query: str, *, role: str = "admin", **variables: str) -> Any:
        org = next(org for org in self.told["orgs"] if org["slug"] == slug)
        response = httpx.post(
            self.told["url"],
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {org['tokens'][role]}"},
            timeout=10,
        )
        assert response.status_code == 200, response.text
        return response.json()

    def integration_of(self, slug: str) -> str:
        nodes = self.ask(slug, LIST)["data"]["integrations"]["nodes"]
        first: str = nodes[0]["id"]
        return first


def started(palisade: Any, *options: str) -> tuple[Any, str, float]:
    """The process, what it said until it was ready, and how long that took."""
    begun = time.perf_counter()
    process = palisade.popen("demo", "--port", "0", "--data-dir", "demo", *options)
    out = palisade.folder / f"{process.pid}.out"
    last = "}\n" if options else "Ctrl-C stops it.\n"
    while not out.read_text().endswith(last):
        assert process.poll() is None, out.with_suffix(".err").read_text()
        if time.perf_counter() - begun > READY_SECONDS:
            process.kill()
            pytest.fail("it is not ready in time")
        time.sleep(0.05)
    return process, out.read_text(), time.perf_counter() - begun


@pytest.fixture(scope="module")
def demo(palisade: Any) -> Iterator[Demo]:
    process, said, seconds = started(palisade, "--json")
    (line,) = said.splitlines()
    running = Demo(process, json.loads(line), seconds)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=15)


def test_demo_tells_where_it_is_and_for_whom(demo: Demo) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/graphql", demo.told["url"])
    assert sorted(demo.told) == ["orgs", "url"]
    assert [org["slug"] for org in demo.told["orgs"]] == list(SLUGS)
    for org in demo.told["orgs"]:
        assert sorted(org) == ["id", "slug", "tokens"]
        assert sorted(org["tokens"]) == ["admin", "editor", "viewer"]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_demo_token_opens_its_organisation(demo: Demo, slug: str, role: str) -> None:
    answer = demo.ask(slug, "{ viewer { organization { id slug } } }", role=role)
    org = next(org for org in demo.told["orgs"] if org["slug"] == slug)
    assert answer == {"data": {"viewer": {"organization": {"id": org["id"], "slug": slug}}}}


@pytest.mark.parametrize("slug", SLUGS)
def test_demo_queries_answer_in_full(demo: Demo, slug: str) -> None:
    listed = demo.ask(slug, LIST)
    assert "errors" not in listed
    nodes = listed["data"]["integrations"]["nodes"]
    assert len(nodes) == 50
    assert len({node["id"] for node in nodes}) == 50

    tree = demo.ask(slug, TREE)
    assert "errors" not in tree
    vendors = tree["data"]["vendors"]["nodes"]
    assert len(vendors) == 20
    assert all(vendor["integrations"]["nodes"] for vendor in vendors)
    assert any(
        integration["events"]["nodes"]
        for vendor in vendors
        for integration in vendor["integrations"]["nodes"]
    )

    point = demo.ask(slug, POINT, id=nodes[0]["id"])
    assert "errors" not in point
    assert point["data"]["integration"]["name"] == nodes[0]["name"]
    assert point["data"]["integration"]["vendor"]["name"] == nodes[0]["vendor"]["name"]


def test_demo_gives_one_organisation_nothing_of_the_other(demo: Demo) -> None:
    ids = {slug: demo.integration_of(slug) for slug in SLUGS}
    for own, other in (SLUGS, SLUGS[::-1]):
        attack = examples_for(ids[own], ids[other])[-1]
        assert attack.kind == "attack"
        assert demo.ask(own, attack.query, **attack.variables) == {"data": {"integration": None}}
        assert demo.ask(other, attack.query, **attack.variables)["data"]["integration"]["id"]
    names = [
        {node["id"] for node in demo.ask(slug, LIST)["data"]["integrations"]["nodes"]}
        for slug in SLUGS
    ]
    assert not names[0] & names[1]


def test_demo_console_offers_the_examples(demo: Demo) -> None:
    base = demo.told["url"].removesuffix("/graphql")
    offered = httpx.get(f"{base}/console/demo.json").json()
    assert offered["orgs"] == demo.told["orgs"]
    assert [example["kind"] for example in offered["examples"]] == ["query"] * 3 + ["attack"]
    for example in offered["examples"]:
        answer = demo.ask("acme", example["query"], **example["variables"])
        assert "errors" not in answer
        assert (answer["data"] == {"integration": None}) is (example["kind"] == "attack")


def test_demo_is_held_by_one_process(palisade: Any, demo: Demo) -> None:
    result = palisade("demo", "--port", "0", "--data-dir", "demo")
    assert result.returncode == 1
    assert "in use by another palisade process" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_demo_stops_cleanly_and_starts_again_with_its_data(palisade: Any, demo: Demo) -> None:
    """The last test but one: it ends the service of the others."""
    before = demo.integration_of("acme")
    demo.process.send_signal(2)
    assert demo.process.wait(timeout=15) == 0
    assert not (Path(palisade.folder) / "demo" / "postgres" / "postmaster.pid").exists()

    process, said, seconds = started(palisade)
    try:
        assert seconds < AGAIN_SECONDS
        url = re.search(r"Palisade is ready: (\S+)", said)
        token = re.search(r"^acme .*\n\s+admin\s+(\S+)$", said, re.MULTILINE)
        assert url
        assert token
        assert said.count("A query to try: ") == 3
        assert said.count("An attack to try: ") == 1
        assert "Loaded" not in said
        orgs = [{"slug": "acme", "tokens": {"admin": token[1]}}]
        again = Demo(process, {"url": url[1], "orgs": orgs}, seconds)
        assert again.integration_of("acme") == before
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0
    error = (Path(palisade.folder) / f"{process.pid}.err").read_text()
    assert error == "", "a demonstration is quiet"


def test_demo_grows_where_more_is_asked_for(palisade: Any) -> None:
    """On the data of the tests before: what is there is left as it is."""
    process, said, _ = started(palisade, "--json", "--orgs", "3", "--scale", "2")
    try:
        told = json.loads(said)
        assert [org["slug"] for org in told["orgs"][:2]] == list(SLUGS)
        running = Demo(process, told, 0)
        counts = [
            running.ask(org["slug"], "{ integrationsAggregate { count } }")["data"]
            for org in told["orgs"]
        ]
        assert [count["integrationsAggregate"]["count"] for count in counts] == [65, 65, 115]
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0
