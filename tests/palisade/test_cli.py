"""The command line as its users have it: processes, exit codes, one sentence for each mistake."""

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from auth.scopes import Role
from palisade.cli import cli
from repository.context import ContextKey

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (
    "demo",
    "serve",
    "token",
    "migrate",
    "schema",
    "rotate-context-key",
    "psql",
    "import",
    "import-grants",
    "export",
    "org",
    "doctor",
)
WHO = "{ viewer { subject scopes organization { id slug name } } }"

CRM = '''
"""A small CRM."""

import uuid

from sqlalchemy.orm import Mapped

from palisade import Category, Model, internal, public, reference, text


class Company(Model):
    """A company we sell to."""

    name: Mapped[str] = text("Legal name.", public(Category.BUSINESS))


class Deal(Model):
    """A sale in the making."""

    title: Mapped[str] = text("What it is about.", internal(Category.BUSINESS))
    company_id: Mapped[uuid.UUID] = reference(
        "Company", "Whom we sell to.", internal(Category.BUSINESS), inverse=("deals", "Its deals.")
    )
'''

UNCLASSIFIED = '''
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from palisade import Model


class Note(Model):
    """A note."""

    text: Mapped[str] = mapped_column(sa.Text())
'''


def lines(text: str) -> list[str]:
    return text.splitlines()


def told(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that refused."""
    assert result.returncode == 1, result.stderr
    assert result.stdout == ""
    (sentence,) = lines(result.stderr)
    return sentence


def succeeded(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def ask(url: str, token: str, query: str = WHO, **variables: object) -> Any:
    response = httpx.post(
        url,
        json={"query": query, "variables": variables},
        headers={"authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


def servers_of(data_dir: Path) -> list[int]:
    """The PostgreSQL processes that run in a data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
        except OSError:
            continue
        if b"postgres" in command and str(data_dir / "postgres").encode() in command.split(b"\0"):
            found.append(int(entry.name))
    return found


async def change(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def home(palisade: Any) -> Path:
    """The data directory of the service that all commands look at."""
    return palisade.folder / "home"


@pytest.fixture(scope="module")
def serving(palisade: Any, home: Path) -> Iterator[Any]:
    """A service that started on an empty data directory."""
    running = palisade.start("serve", "--port", 0, "--data-dir", home)
    yield running
    assert running.stop() == 0
    _until(lambda: servers_of(home) == [])


@pytest.fixture(scope="module")
def acme(palisade: Any, home: Path, serving: Any) -> str:
    """The id of an organisation that the command line made."""
    return succeeded(
        palisade("org", "create", "acme", "--name", "Acme Instruments", "--data-dir", home)
    ).strip()


@pytest.fixture(scope="module")
def spare(palisade: Any) -> Path:
    """A migrated data directory that nobody serves."""
    data_dir: Path = palisade.folder / "spare"
    reported = succeeded(palisade("migrate", "--data-dir", data_dir))
    assert "row level security, functions and grants are in place" in reported
    return data_dir


# Help


def test_help_names_every_command(palisade: Any) -> None:
    text = succeeded(palisade.fresh("--help"))
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.MULTILINE)


@pytest.mark.parametrize(
    "command",
    [*COMMANDS, *(f"org {name}" for name in ("create", "list", "freeze", "thaw", "erase"))],
)
def test_help_of_a_command_says_what_it_does(command: str) -> None:
    result = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Usage: root {command}" in result.output
    assert len(result.output.split("Options:")[0].splitlines()) >= 3


def test_schema_is_the_committed_one(palisade: Any) -> None:
    printed = succeeded(palisade("schema"))
    assert "type Query {" in printed
    assert "createVendor(" in printed
    committed = ROOT / "schema" / "schema.graphql"
    if committed.exists():
        assert printed.strip() == committed.read_text().strip()


# A service, its organisations and its tokens


def test_serve_answers_on_an_empty_directory(serving: Any, home: Path) -> None:
    assert httpx.get(f"{serving.base}/health/ready").status_code == 200
    assert httpx.post(serving.url, json={"query": WHO}).status_code == 401
    assert len(servers_of(home)) >= 1
    assert (home / "context.key").stat().st_mode & 0o077 == 0


def test_org_create_prints_the_id_and_list_shows_it(palisade: Any, home: Path, acme: str) -> None:
    assert str(UUID(acme)) == acme
    assert f"{acme} acme" in lines(succeeded(palisade("org", "list", "--data-dir", home)))


def test_token_opens_its_organisation_and_no_more_than_its_role(
    palisade: Any, home: Path, serving: Any, acme: str
) -> None:
    token = succeeded(palisade("token", "--org", "acme", "--data-dir", home)).strip()
    viewer = ask(serving.url, token)["viewer"]
    assert viewer["organization"] == {"id": acme, "slug": "acme", "name": "Acme Instruments"}
    assert viewer["subject"] == f"{Role.viewer}@acme"
    assert "vendor:read" in viewer["scopes"]
    assert not [scope for scope in viewer["scopes"] if scope.endswith(":write")]


def test_token_is_of_a_person_and_has_further_scopes(
    palisade: Any, home: Path, serving: Any, acme: str
) -> None:
    further = ("--subject", "ada", "--scope", "deal:all", "--scope", "vendor:all")
    token = succeeded(palisade("token", "--org", "acme", *further, "--data-dir", home)).strip()
    viewer = ask(serving.url, token)["viewer"]
    assert viewer["subject"] == "ada"
    assert {"deal:all", "vendor:all", "vendor:read"} <= set(viewer["scopes"])


def test_serve_logs_json_lines_only(palisade: Any, serving: Any) -> None:
    httpx.post(serving.url, json={"query": WHO})
    first, *rest = lines(serving.errors.read_text())
    assert first == f"Serving {serving.url}"
    assert rest
    assert all(line.startswith("{") and line.endswith("}") for line in rest)


def test_psql_finds_tables_by_bare_name_under_each_role(
    palisade: Any, home: Path, acme: str
) -> None:
    query = "SELECT current_user || ' ' || count(*) FROM organization"

    def psql(*options: str) -> str:
        arguments = ("psql", "--data-dir", home, *options, "--", "-At", "-c", query)
        return succeeded(palisade(*arguments)).strip()

    assert psql() == "palisade_app 0", "without an organisation nothing is seen"
    assert psql("--as", "owner") == "palisade_owner 0", "nor by the owner"
    assert psql("--org", "acme") == "palisade_app 1"


def test_psql_shows_the_organisation_it_entered_and_no_other(
    palisade: Any, home: Path, acme: str
) -> None:
    other = succeeded(palisade("org", "create", "globex", "--data-dir", home)).strip()
    query = "SELECT id FROM organization"
    arguments = ("psql", "--data-dir", home, "--org", "globex", "--", "-At", "-c", query)
    result = palisade(*arguments)
    assert lines(succeeded(result)) == [other]
    assert "context_signed" in result.stderr, "a look into an organisation is on record"


def test_psql_hands_on_its_exit_code(palisade: Any, home: Path, serving: Any) -> None:
    script = palisade.folder / "failing.sql"
    script.write_text("SELECT 1/0;")
    result = palisade("psql", "--data-dir", home, "--", "-v", "ON_ERROR_STOP=1", "-f", script)
    assert result.returncode == 3
    assert "division by zero" in result.stderr


def test_psql_is_interrupted_as_psql_is(palisade: Any, home: Path, serving: Any) -> None:
    """Ctrl-C reaches both processes, and it is for psql to say what it means."""
    script = palisade.folder / "slow.sql"
    script.write_text("\\echo begun\nSELECT pg_sleep(30);\n")
    process = palisade.popen("psql", "--data-dir", home, "--", "-At", "-f", script)
    out = palisade.folder / f"{process.pid}.out"
    err = palisade.folder / f"{process.pid}.err"
    _until(lambda: "begun" in out.read_text())

    def cancelled() -> bool:
        os.killpg(process.pid, signal.SIGINT)  # the first may come before the query is sent
        time.sleep(0.1)
        return "canceling statement" in err.read_text()

    _until(cancelled)
    assert process.wait(timeout=10) == 3, "psql's own code for a script that broke off"
    assert "Traceback" not in err.read_text()


def test_rotation_leaves_a_running_service_alone(
    palisade: Any, home: Path, serving: Any, acme: str
) -> None:
    before = (home / "context.key").read_text()
    printed = succeeded(palisade("rotate-context-key", "--data-dir", home)).strip()
    assert ContextKey.parse(printed).encode() == printed
    assert printed == (home / "context.key").read_text().strip() != before.strip()
    token = succeeded(palisade("token", "--org", "acme", "--data-dir", home)).strip()
    assert ask(serving.url, token)["viewer"]["organization"]["slug"] == "acme"
    assert httpx.get(f"{serving.base}/health/ready").status_code == 200


# Beginning and end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly_and_takes_its_database_along(
    palisade: Any, spare: Path, number: signal.Signals
) -> None:
    running = palisade.start("serve", "--port", 0, "--data-dir", spare)
    assert httpx.post(running.url, json={"query": WHO}).status_code == 401
    assert len(servers_of(spare)) >= 1
    assert running.stop(number) == 0
    _until(lambda: servers_of(spare) == [])
    assert not _answers(f"{running.base}/health/live")
    assert "Traceback" not in running.errors.read_text()


@pytest.mark.parametrize("in_background", [False, True])
def test_serve_that_is_stopped_on_its_way_up_takes_its_database_along(
    palisade: Any, in_background: bool
) -> None:
    data_dir = palisade.folder / f"early-{in_background}"
    process = palisade.popen(
        "serve", "--port", 0, "--data-dir", data_dir, in_background=in_background
    )
    # PostgreSQL begins with three databases; with the fourth there is something to migrate.
    _until(lambda: len(list(data_dir.glob("postgres/base/*"))) > 3)
    assert servers_of(data_dir) != []
    process.terminate()
    assert process.wait(timeout=15) == 130
    _until(lambda: servers_of(data_dir) == [])
    assert "Traceback" not in (palisade.folder / f"{process.pid}.err").read_text()


def test_workers_answer_until_their_key_is_out_of_its_overlap(palisade: Any, spare: Path) -> None:
    """With no overlap, nobody who signs with the old key gets a row any more."""
    running = palisade.start("serve", "--port", 0, "--data-dir", spare, "--workers", 2)
    _until(lambda: _answers(f"{running.base}/health/ready"))
    succeeded(palisade("org", "create", "initrode", "--data-dir", spare))
    token = succeeded(palisade("token", "--org", "initrode", "--data-dir", spare)).strip()
    for _ in range(4):
        assert ask(running.url, token)["viewer"]["organization"]["slug"] == "initrode"
    succeeded(palisade("rotate-context-key", "--overlap", 0, "--data-dir", spare))
    assert httpx.get(f"{running.base}/health/ready").status_code == 503
    refused = httpx.post(
        running.url, json={"query": WHO}, headers={"authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 503
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert running.stop(signal.SIGTERM) == 0
    _until(lambda: servers_of(spare) == [])


def test_serve_neither_needs_the_owner_nor_hands_it_on(
    palisade: Any, urls: Any, context_key: ContextKey
) -> None:
    running = palisade.start(
        *("serve", "--port", 0, "--workers", 2),
        database_url=urls.app,
        context_key=context_key.encode(),
        owner_url="postgresql://palisade_owner:owner-canary@127.0.0.1:1/nowhere",
    )
    _until(lambda: _answers(f"{running.base}/health/ready"))
    pid = running.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    environments = [Path(f"/proc/{child}/environ").read_bytes() for child in children]
    assert sum(b"PALISADE_DATABASE_URL=" in one for one in environments) >= 2
    assert not any(b"owner-canary" in one for one in environments)
    assert running.stop(signal.SIGTERM) == 0


# Mistakes

FREE_PORT = ("--port", "0")


@pytest.fixture(scope="module")
def mistakes(
    palisade: Any,
    home: Path,
    serving: Any,
    acme: str,
    urls: Any,
    context_key: ContextKey,
    make_database: Callable[[], Any],
) -> dict[str, subprocess.CompletedProcess[str]]:
    """What each mistaken command said and did; two at a time."""
    (palisade.folder / "file").touch()
    (palisade.folder / "unclassified").mkdir()
    (palisade.folder / "unclassified" / "__init__.py").write_text(UNCLASSIFIED)
    (palisade.folder / "empty_models").mkdir()
    (palisade.folder / "empty_models" / "__init__.py").write_text("")
    empty = make_database()
    key = context_key.encode()
    on_home = ("--data-dir", home)
    taken = str(httpx.URL(serving.url).port)
    serve = ("serve", *FREE_PORT)
    by_url = {"database_url": urls.app, "context_key": key}
    commands: dict[str, tuple[tuple[object, ...], dict[str, str]]] = {
        "port taken": (("serve", "--port", taken), by_url),
        "demo port taken": (("demo", "--port", taken, "--data-dir", "d1"), {}),
        "demo port of no kind": (("demo", "--port", "99999", "--data-dir", "d1"), {}),
        "directory in use": ((*serve, *on_home), {}),
        "directory is a file": ((*serve, "--data-dir", "file"), {}),
        "setting of no kind": (("serve",), {**by_url, "port": "99999"}),
        "url of no kind": (serve, {"database_url": "mysql://x"}),
        "package not there": ((*serve, "--models", "nothere"), by_url),
        "package without models": ((*serve, "--models", "empty_models"), by_url),
        "model unclassified": ((*serve, "--models", "unclassified"), by_url),
        "token beside an issuer": (("token", "--org", "acme", *on_home), {"issuer": "https://x"}),
        "issuer without keys": (serve, {**by_url, "issuer": "https://x"}),
        "secret as algorithm": (
            serve,
            {**by_url, "issuer": "https://x", "jwks": "x", "algorithms": "HS256"},
        ),
        "schema outdated": (serve, {**by_url, "database_url": empty.app}),
        "database not there": (
            serve,
            {**by_url, "database_url": urls.app.replace("/palisade_test_", "/no_")},
        ),
        "server not there": (serve, {**by_url, "database_url": "postgresql://a@127.0.0.1:1/x"}),
        "superuser's url": (serve, {**by_url, "database_url": urls.superuser}),
        "owner's url": (serve, {**by_url, "database_url": urls.owner}),
        "key not given": (serve, {"database_url": urls.app}),
        "key of no kind": (serve, {**by_url, "context_key": "x"}),
        "key unknown": (serve, {**by_url, "context_key": ContextKey.generate().encode()}),
        "owner's url missing": (("migrate",), by_url),
        "app's url missing": (serve, {"owner_url": urls.owner}),
        "migrate as another": (("migrate",), {"owner_url": urls.app}),
        "worker's url missing": (("org", "list"), by_url),
        "slug taken": (("org", "create", "acme", *on_home), {}),
        "slug of no kind": (("org", "create", "Bad Slug", *on_home), {}),
        "organisation not there": (("token", "--org", "nobody", *on_home), {}),
        "psql into nowhere": (("psql", "--org", "nobody", *on_home), {}),
    }

    def run(name: str) -> subprocess.CompletedProcess[str]:
        arguments, settings = commands[name]
        result: subprocess.CompletedProcess[str] = palisade(*arguments, **settings)
        return result

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(commands, pool.map(run, commands), strict=True))


SENTENCES = {
    "port taken": r"Port \d+ of 127\.0\.0\.1 is taken: choose another --port\.",
    "demo port taken": r"Port \d+ of 127\.0\.0\.1 is taken: choose another --port\.",
    "demo port of no kind": r"Port 99999 is none.*",
    "directory in use": r".*home is in use by another palisade process: .*",
    "directory is a file": r"file can't be made: File exists",
    "setting of no kind": r"PALISADE_PORT: .*",
    "url of no kind": r"PALISADE_DATABASE_URL: .*",
    "package not there": r".*no package nothere.*",
    "package without models": r".*empty_models declares no model.*",
    "model unclassified": r".*Note\.text.*",
    "token beside an issuer": r"PALISADE_ISSUER is https://x: .*",
    "issuer without keys": r"PALISADE_JWKS is not set: .*",
    "secret as algorithm": r".*algorithms must be .*",
    "schema outdated": r"The database is at revision none of palisade .* run `palisade migrate`\.",
    "database not there": r"There is no such database: .*",
    "server not there": r"The database can't be reached: .*",
    "superuser's url": r"PALISADE_DATABASE_URL: it logs in as postgres, whom row level security .*",
    "owner's url": r"PALISADE_DATABASE_URL: it logs in as palisade_owner, whom row level security .*",
    "key not given": r"PALISADE_CONTEXT_KEY is not set: .*",
    "key of no kind": r"The context key is not of the form .*",
    "key unknown": r"The database does not accept PALISADE_CONTEXT_KEY: .*",
    "owner's url missing": r"PALISADE_OWNER_URL is not set: .*",
    "app's url missing": r"PALISADE_DATABASE_URL is not set: .*",
    "migrate as another": r"The owner URL logs in as palisade_app: .*",
    "worker's url missing": r"PALISADE_WORKER_URL is not set: .*",
    "slug taken": r"There is an organisation acme already\.",
    "slug of no kind": r"The slug is refused: it must match .*",
    "organisation not there": r"There is no organisation nobody: .*",
    "psql into nowhere": r"There is no organisation nobody: .*",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_mistake_is_told_in_one_sentence(
    mistakes: dict[str, subprocess.CompletedProcess[str]], name: str
) -> None:
    sentence = told(mistakes[name])
    assert re.fullmatch(SENTENCES[name], sentence)


def test_mistakes_make_no_embedded_database_where_a_url_is_given(
    palisade: Any, mistakes: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    assert not (palisade.folder / ".palisade" / "postgres").exists()


def test_serve_over_a_url_goes_where_it_leads(
    palisade: Any, urls: Any, context_key: ContextKey
) -> None:
    """The positive control of the refused URLs; two of them may run side by side."""
    settings = {"database_url": urls.app, "context_key": context_key.encode()}
    both = [palisade.start("serve", *FREE_PORT, **settings) for _ in range(2)]
    for running in both:
        assert httpx.get(f"{running.base}/health/ready").status_code == 200
    assert [running.stop() for running in both] == [0, 0]


def test_database_that_fell_behind_is_refused(
    palisade: Any, make_database: Callable[[], Any], context_key: ContextKey
) -> None:
    urls = make_database()
    reported = succeeded(palisade("migrate", owner_url=urls.superuser))
    assert "palisade 0001" in reported
    asyncio.run(
        change(urls.superuser, "UPDATE palisade.revision_of_palisade SET version_num = '0000'")
    )
    settings = {"database_url": urls.app, "context_key": context_key.encode()}
    sentence = told(palisade("serve", *FREE_PORT, **settings))
    assert sentence.startswith("The database is at revision 0000 of palisade and the code needs")


# Models of one's own


def test_own_models_from_nothing_to_an_answer(palisade: Any, spare: Path) -> None:
    (palisade.folder / "crm").mkdir()
    (palisade.folder / "crm" / "__init__.py").write_text(CRM)
    on_spare = ("--models", "crm", "--data-dir", spare)

    assert "crm has no revisions yet" in told(palisade("migrate", *on_spare))
    made = lines(succeeded(palisade("migrate", *on_spare, "--make", "first")))[-1]
    assert Path(made).parent == palisade.folder / "crm" / "migrations"
    assert "revision none of crm" in told(palisade("serve", *FREE_PORT, *on_spare))
    assert "crm 0001: first" in succeeded(palisade("migrate", *on_spare))

    running = palisade.start("serve", *FREE_PORT, *on_spare)
    tokens = {}
    for slug in ("seller", "rival"):
        succeeded(palisade("org", "create", slug, "--data-dir", spare))
        token = palisade("token", "--org", slug, "--role", "admin", "--data-dir", spare)
        tokens[slug] = succeeded(token).strip()
    company = ask(
        running.url,
        tokens["seller"],
        'mutation { createCompany(input: {name: "Initech"}) { company { id } } }',
    )["createCompany"]["company"]["id"]
    ask(
        running.url,
        tokens["seller"],
        "mutation ($id: ID!) "
        '{ createDeal(input: {title: "Printers", companyId: $id}) { deal { id } } }',
        id=company,
    )
    tree = "query ($id: ID!) { company(id: $id) { name deals { nodes { title } } } }"
    assert ask(running.url, tokens["seller"], tree, id=company) == {
        "company": {"name": "Initech", "deals": {"nodes": [{"title": "Printers"}]}}
    }
    assert ask(running.url, tokens["rival"], tree, id=company) == {"company": None}
    assert running.stop() == 0
    _until(lambda: servers_of(spare) == [])


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("not within thirty seconds")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
