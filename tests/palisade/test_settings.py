"""Settings from the environment: each with its rule, each mistake with its name."""

from datetime import timedelta
from pathlib import Path

import pytest

from palisade.settings import Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"PALISADE_{field.upper()}", raising=False)


def test_settings_without_an_environment_are_for_ones_own_machine() -> None:
    settings = read_settings()
    assert settings.host == "127.0.0.1"
    assert settings.cors_origins == ()
    assert settings.database_url is settings.owner_url is settings.worker_url is None
    assert settings.issuer is None
    assert settings.token_type == "at+jwt"
    assert settings.algorithms == ("EdDSA", "ES256", "RS256")
    assert settings.org_ids == "internal"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DATABASE_URL", "postgresql://app@db/x", "postgresql://app@db/x"),
        ("OWNER_URL", "postgres://owner@db/x", "postgres://owner@db/x"),
        ("PORT", "9000", 9000),
        ("WORKERS", "4", 4),
        ("CONNECTIONS", "20", 20),
        ("STATEMENT_CACHE", "0", 0),
        ("MODELS", "crm billing.models", ("crm", "billing.models")),
        ("MODELS", "", ()),
        (
            "CORS_ORIGINS",
            " https://a.example  https://b.example ",
            ("https://a.example", "https://b.example"),
        ),
        ("ALGORITHMS", "ES256", ("ES256",)),
        ("TOKEN_TYPE", "", ""),
        ("ORG_IDS", "external", "external"),
        ("LEEWAY", "PT5S", timedelta(seconds=5)),
        ("DATA_DIR", "/srv/palisade", Path("/srv/palisade")),
        ("POLICY_FORM", "bare", "bare"),
    ],
)
def test_setting_is_read_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"PALISADE_{name}", text)
    assert getattr(read_settings(), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "mysql://db/x"),
        ("OWNER_URL", "db/x"),
        ("WORKER_URL", ""),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("CONNECTIONS", "0"),
        ("ORG_IDS", "both"),
        ("LEEWAY", "soon"),
        ("POLICY_FORM", "none"),
    ],
)
def test_setting_of_no_kind_is_refused_by_name_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"PALISADE_{name}", text)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert str(refused.value).startswith(f"PALISADE_{name}: ")
    assert len(str(refused.value).splitlines()) == 1


def test_url_that_is_refused_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALISADE_DATABASE_URL", "mysql://app:s3cret@db/x")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "s3cret" not in str(refused.value)


def test_override_wins_unless_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALISADE_PORT", "9000")
    assert read_settings(port=9001).port == 9001
    assert read_settings(port=None).port == 9000
    with pytest.raises(SettingsError, match="PALISADE_PORT"):
        read_settings(port=-1)


def test_settings_can_not_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]
