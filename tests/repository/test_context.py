import hashlib
import hmac
from uuid import uuid4

import pytest

from auth.organization import mint_org_id
from repository.context import LIFETIME, ContextKey, ContextKeyError, ContextSigner


class Clock:
    now = 1_800_000_000.5

    def __call__(self) -> float:
        return self.now


def test_key_is_parsed_as_it_was_encoded() -> None:
    key = ContextKey.generate()
    assert ContextKey.parse(f"  {key.encode()}\n") == key
    assert len(key.secret) == 32
    assert ContextKey.generate() != key


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "id",
        "id.",
        "id.c2hvcnQ=",
        "." + "A" * 43 + "=",
        "i|d." + "A" * 43 + "=",
        "id." + "A" * 43 + "= more",
        "id." + "A" * 42 + "!=",
        "id." + "A" * 44,
        "id.id." + "A" * 43 + "=",
    ],
)
def test_key_of_another_form_is_refused(text: str) -> None:
    assert ContextKey.parse("id." + "A" * 43 + "=")
    with pytest.raises(ContextKeyError, match="rotate-context-key") as caught:
        ContextKey.parse(text)
    assert "AAAA" not in str(caught.value)


def test_pads_make_the_standard_hmac() -> None:
    key = ContextKey.generate()
    inner = hashlib.sha256(key.inner_pad + b"message").digest()
    mac = hashlib.sha256(key.outer_pad + inner).hexdigest()
    assert mac == hmac.new(key.secret, b"message", hashlib.sha256).hexdigest()


def test_context_names_key_organisation_and_expiry() -> None:
    key, clock, org_id = ContextKey.generate(), Clock(), mint_org_id(uuid4())
    context = ContextSigner(key, clock=clock).sign(org_id)
    message, _, mac = context.rpartition("|")
    assert message == f"{key.id}|{org_id.value}|{int(clock.now + LIFETIME.total_seconds())}"
    assert mac == hmac.new(key.secret, message.encode(), hashlib.sha256).hexdigest()


def test_context_is_reused_for_a_minute() -> None:
    clock, org_id = Clock(), mint_org_id(uuid4())
    signer = ContextSigner(ContextKey.generate(), clock=clock)
    first = signer.sign(org_id)
    clock.now += 59
    assert signer.sign(org_id) == first
    clock.now += 2
    second = signer.sign(org_id)
    assert second != first
    for context in (first, second):
        assert int(context.split("|")[2]) - clock.now > 200


def test_context_is_never_another_organisations() -> None:
    signer = ContextSigner(ContextKey.generate())
    orgs = [mint_org_id(uuid4()) for _ in range(50)]
    for _ in range(2):
        assert [signer.sign(one).split("|")[1] for one in orgs] == [str(one) for one in orgs]


def test_contexts_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repository.context._CACHED_CONTEXTS", 3)
    signer = ContextSigner(ContextKey.generate())
    orgs = [mint_org_id(uuid4()) for _ in range(10)]
    for org_id in orgs:
        signer.sign(org_id)
    assert list(signer._signed) == [org_id.value for org_id in orgs[-3:]]
