import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from auth.development import KEY_FILE, DevelopmentIssuer
from auth.errors import IssuerConfigurationError, KeyUnknown, TokenExpired
from auth.scopes import OPERATOR, Role
from auth.tokens import TokenVerifier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def development(tmp_path: Path, clock) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path, clock=clock)


@pytest.fixture
def verifier(development: DevelopmentIssuer, directory, clock) -> TokenVerifier:
    issuers = [development.as_issuer()]
    return TokenVerifier(issuers, directory, types=["Integration"], clock=clock)


@pytest.fixture
def key_file(tmp_path: Path, development: DevelopmentIssuer) -> Path:
    return tmp_path / KEY_FILE


async def test_issue_makes_a_token_that_verifies(development, verifier, org) -> None:
    claims = await verifier.verify(development.issue(org, role=Role.editor, subject="ada"))
    assert claims.org_id is not None
    assert claims.org_id.value == org
    assert claims.subject == "ada"
    assert claims.client_id == "palisade-development"
    assert claims.scopes == {"integration:read", "integration:write"}
    assert claims.expires_at - (claims.issued_at or 0) == 12 * 3600


async def test_issue_adds_scopes_to_those_of_the_role(development, verifier, org) -> None:
    token = development.issue(org, role=Role.viewer, subject="ada", scopes=["integration:all"])
    assert (await verifier.verify(token)).scopes == {"integration:read", "integration:all"}


async def test_issue_operator_makes_a_token_without_organisation(development, verifier) -> None:
    claims = await verifier.verify(development.issue_operator(subject="root"))
    assert claims.org_id is None
    assert claims.scopes == {OPERATOR}


async def test_issue_keeps_to_the_lifetime(development, verifier, clock, org) -> None:
    lifetime = timedelta(minutes=1)
    token = development.issue(org, role=Role.viewer, subject="ada", lifetime=lifetime)
    clock.now += 89
    assert await verifier.verify(token)
    clock.now += 1
    with pytest.raises(TokenExpired):
        await verifier.verify(token)


def test_issue_has_the_form_of_an_access_token(development, org) -> None:
    first, second = (development.issue(org, role=Role.viewer, subject="ada") for _ in range(2))
    header = jwt.get_unverified_header(first)
    assert (header["typ"], header["alg"]) == ("at+jwt", "EdDSA")
    claims = jwt.decode(first, options={"verify_signature": False})
    assert set(claims) >= {"iss", "aud", "sub", "client_id", "iat", "exp", "jti"}
    assert claims["jti"] != jwt.decode(second, options={"verify_signature": False})["jti"]


async def test_key_outlives_the_process(development, verifier, tmp_path, clock, org) -> None:
    again = DevelopmentIssuer(tmp_path, clock=clock)
    assert await verifier.verify(again.issue(org, role=Role.viewer, subject="ada"))


async def test_key_of_another_directory_is_unknown(verifier, tmp_path, clock, org) -> None:
    other = DevelopmentIssuer(tmp_path / "other", clock=clock)
    with pytest.raises(KeyUnknown):
        await verifier.verify(other.issue(org, role=Role.viewer, subject="ada"))


def test_key_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        DevelopmentIssuer(tmp_path / "data")
    finally:
        os.umask(before)
    status = (tmp_path / "data" / KEY_FILE).stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_key_file_open_to_others_is_refused_and_left_alone(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(IssuerConfigurationError, match="mode 0600"):
        DevelopmentIssuer(key_file.parent)
    assert stat.S_IMODE(key_file.stat().st_mode) == mode
    key_file.chmod(0o600)
    DevelopmentIssuer(key_file.parent)


def test_key_file_that_is_a_link_is_refused(key_file: Path) -> None:
    moved = key_file.rename(key_file.with_name("elsewhere.jwk"))
    key_file.symlink_to(moved)
    with pytest.raises(IssuerConfigurationError, match="cannot be read"):
        DevelopmentIssuer(key_file.parent)


def test_key_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).mkdir(mode=0o700)
    with pytest.raises(IssuerConfigurationError):
        DevelopmentIssuer(tmp_path)
    (tmp_path / "fifo").mkdir()
    os.mkfifo(tmp_path / "fifo" / KEY_FILE, 0o600)
    with pytest.raises(IssuerConfigurationError, match="regular file"):
        DevelopmentIssuer(tmp_path / "fifo")


def test_key_file_of_another_user_is_refused(key_file: Path, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: key_file.stat().st_uid + 1)
    with pytest.raises(IssuerConfigurationError, match="of the user who runs this"):
        DevelopmentIssuer(key_file.parent)


def test_key_file_of_other_content_is_refused(key_file: Path, ed, ed_other, ec256) -> None:
    good = key_file.read_bytes()
    mixed = {**ed.private_jwk(), "x": ed_other.jwk()["x"]}
    public = json.dumps(ed.jwk()).encode()
    other = json.dumps(ec256.private_jwk()).encode()
    for content in (b"", b"{", good[:-8], b"[]", json.dumps(mixed).encode(), public, other):
        key_file.write_bytes(content)
        with pytest.raises(IssuerConfigurationError) as caught:
            DevelopmentIssuer(key_file.parent)
        assert str(ed.private_jwk()["d"]) not in str(caught.value)
        assert key_file.read_bytes() == content


def test_key_file_in_an_impossible_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IssuerConfigurationError, match=r"cannot be read or made: .*\.$"):
        DevelopmentIssuer(tmp_path / "file")


def test_key_file_is_one_for_threads_that_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        issuers = list(pool.map(lambda _: DevelopmentIssuer(tmp_path), range(32)))
    assert len({issuer._kid for issuer in issuers}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_key_file_is_one_for_processes_that_start_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from auth.development import DevelopmentIssuer; "
        "sys.stdin.readline(); print(DevelopmentIssuer(pathlib.Path(sys.argv[1]))._kid)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    kids = [process.communicate()[0] for process in running]
    assert len(set(kids)) == 1
    assert kids[0].strip()
