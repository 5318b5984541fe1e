"""``palisade org``: freeze, thaw and erase, as an operator has them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from repository.erasure import Certificate
from tests.palisade.test_cli import lines, succeeded, told

CREATE = 'mutation { createVendor(input: {name: "Initech", tier: LOW}) { vendor { id } } }'


@pytest.fixture(scope="module")
def home(palisade: Any) -> Path:
    """The data directory of the service that all commands look at."""
    return palisade.folder / "home"


@pytest.fixture(scope="module")
def serving(palisade: Any, home: Path) -> Iterator[Any]:
    running = palisade.start("serve", "--port", 0, "--data-dir", home)
    yield running
    assert running.stop() == 0


@pytest.fixture
def org(palisade: Any, home: Path, serving: Any, request: pytest.FixtureRequest) -> str:
    """The slug of an organisation of the test's own."""
    slug = request.node.name.replace("_", "-").removeprefix("test-")[:60].strip("-")
    succeeded(palisade("org", "create", slug, "--data-dir", home))
    return slug


def ask(serving: Any, token: str, query: str) -> httpx.Response:
    return httpx.post(
        serving.url, json={"query": query}, headers={"authorization": f"Bearer {token}"}, timeout=10
    )


def test_freeze_and_thaw(palisade: Any, home: Path, serving: Any, org: str) -> None:
    token = succeeded(
        palisade("token", "--org", org, "--role", "admin", "--data-dir", home)
    ).strip()
    assert "errors" not in ask(serving, token, CREATE.replace("Initech", "A")).json()

    frozen = palisade("org", "freeze", org, "--reason", "a drill", "--data-dir", home)
    assert succeeded(frozen).strip() == f"{org} FROZEN"
    assert "organisation_opened" in frozen.stderr, "a look into an organisation is on record"
    (error,) = ask(serving, token, CREATE).json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    listed = lines(succeeded(palisade("org", "list", "--data-dir", home)))
    assert any(line.endswith(f" {org} FROZEN") for line in listed)

    thawed = palisade("org", "thaw", org, "--data-dir", home)
    assert succeeded(thawed).strip() == f"{org} ACTIVE"
    assert "errors" not in ask(serving, token, CREATE).json()
    listed = lines(succeeded(palisade("org", "list", "--data-dir", home)))
    assert any(line.endswith(f" {org}") for line in listed)


def test_erase(palisade: Any, home: Path, serving: Any, org: str) -> None:
    token = succeeded(palisade("token", "--org", org, "--data-dir", home)).strip()
    file = palisade.folder / "certificate.json"
    erase = ("org", "erase", org, "--confirm", org, "--certificate", file, "--data-dir", home)
    printed = succeeded(palisade(*erase)).strip()
    assert file.read_text().strip() == printed
    assert Certificate(printed).adds_up()
    facts = json.loads(printed)
    assert facts["rowsDeleted"]["data.organization"] == 1
    assert not any(facts["rowsLeft"].values())

    assert ask(serving, token, "{ viewer { subject } }").status_code == 401
    assert org not in succeeded(palisade("org", "list", "--data-dir", home))
    again = palisade("org", "erase", org, "--confirm", org, "--data-dir", home)
    assert succeeded(again).strip() == printed, "it can be printed once more"
    made = succeeded(palisade("org", "create", org, "--data-dir", home)).strip()
    assert made != facts["orgId"]
    assert ask(serving, token, "{ viewer { subject } }").status_code == 401


def test_erase_needs_the_slug_twice(palisade: Any, home: Path, serving: Any, org: str) -> None:
    erase = ("org", "erase", org, "--data-dir", home)
    assert palisade(*erase).returncode == 2
    sentence = told(palisade(*erase, "--confirm", f"{org}-2"))
    assert sentence == f"--confirm must be {org}: nothing was erased."
    listed = succeeded(palisade("org", "list", "--data-dir", home))
    assert f" {org}\n" in listed


def test_erase_says_where_a_certificate_could_not_be_written(
    palisade: Any, home: Path, serving: Any, org: str
) -> None:
    erase = ("org", "erase", org, "--confirm", org, "--data-dir", home)
    result = palisade(*erase, "--certificate", palisade.folder / "nowhere" / "file")
    assert result.returncode == 1
    assert "is erased, and" in result.stderr
    assert "No such file or directory" in result.stderr
    assert Certificate(succeeded(palisade(*erase)).strip()).adds_up()


@pytest.mark.parametrize("command", ["freeze", "thaw", "erase"])
def test_mistakes_are_told_in_one_sentence(
    palisade: Any, home: Path, serving: Any, urls: Any, context_key: Any, command: str
) -> None:
    confirm = ("--confirm", "nobody") if command == "erase" else ()
    words = ("org", command, "nobody", *confirm)
    sentence = told(palisade(*words, "--data-dir", home))
    assert sentence == "There is no organisation nobody: `palisade org list` shows them."
    by_url = {"database_url": urls.app, "context_key": context_key.encode()}
    assert told(palisade(*words, **by_url)).startswith("PALISADE_WORKER_URL is not set")
