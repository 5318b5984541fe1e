from datetime import timedelta

import pytest

from auth.errors import IssuerConfigurationError


def test_issuer_defaults_are_strict(make_issuer) -> None:
    issuer = make_issuer()
    assert issuer.algorithms == {"EdDSA", "ES256", "RS256"}
    assert issuer.token_type == "at+jwt"
    assert issuer.org_ids == "internal"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("name", ""),
        ("name", "https://a b"),
        ("name", "x" * 256),
        ("name", "a\n"),
        ("audience", ""),
        ("audience", "a b"),
        ("algorithms", frozenset()),
        ("algorithms", frozenset({"none"})),
        ("algorithms", frozenset({"None"})),
        ("algorithms", frozenset({"HS256"})),
        ("algorithms", frozenset({"EdDSA", "HS512"})),
        ("algorithms", frozenset({"PS256"})),
        ("algorithms", frozenset({"ES384"})),
        ("token_type", ""),
        ("org_claim", ()),
        ("org_claim", ("a", "")),
        ("org_claim", "org_id"),
        ("roles_claim", ()),
        ("scope_claim", ()),
        ("org_ids", "guessed"),
        ("leeway", timedelta(seconds=61)),
        ("leeway", timedelta(seconds=-1)),
    ],
    # Not repr: that of a set is another one in each process.
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, frozenset) else repr(value),
)
def test_issuer_refuses_a_bad_setting_by_name(make_issuer, setting: str, value: object) -> None:
    with pytest.raises(IssuerConfigurationError) as caught:
        make_issuer(**{setting: value})
    assert caught.value.setting == {"name": "issuer"}.get(setting, setting)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("name", "urn:palisade:development"),
        ("algorithms", frozenset({"ES256"})),
        ("token_type", None),
        ("org_claim", ("https://example.com/org", "id")),
        ("org_ids", "external"),
        ("leeway", timedelta(seconds=60)),
        ("leeway", timedelta(0)),
    ],
    ids=repr,
)
def test_issuer_takes_a_good_setting(make_issuer, setting: str, value: object) -> None:
    assert getattr(make_issuer(**{setting: value}), setting) == value


@pytest.mark.parametrize(
    "token_type", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"]
)
def test_issuer_accepts_its_type_in_every_form(make_issuer, token_type: str) -> None:
    assert make_issuer().accepts_type(token_type)


@pytest.mark.parametrize(
    "token_type", ["JWT", "id_token", "at+jwt ", "x/at+jwt", "", None, 1, ["at+jwt"]]
)
def test_issuer_accepts_no_other_type(make_issuer, token_type: object) -> None:
    assert not make_issuer().accepts_type(token_type)
    assert make_issuer(token_type=None).accepts_type(token_type)
