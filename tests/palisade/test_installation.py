"""Where the data is, and where the key that signs contexts lies."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from palisade.installation import Installation, installation, is_embedded
from palisade.settings import Settings, SettingsError
from repository.context import ContextKey, ContextKeyError

URL = "postgresql://palisade_app@db/x"


def by_url(tmp_path: Path, **settings: object) -> Settings:
    return Settings(**{"database_url": URL, "data_dir": tmp_path, **settings})


def place_of(settings: Settings) -> Installation:
    with installation(settings) as place:
        return place


def test_embedded_installation_has_each_role_and_ends_with_its_block(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir / "made")
    assert is_embedded(settings)

    async def user(url: str) -> str:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            name: str = await connection.fetchval("SELECT current_user")
            return name
        finally:
            await connection.close()

    with installation(settings) as place:
        assert place.embedded is not None
        assert asyncio.run(user(place.require_owner_url())) == "postgres"
        assert "palisade_app" in place.app_url
        assert "palisade_worker" in (place.worker_url or "")
        with pytest.raises(SettingsError, match="PALISADE_CONTEXT_KEY is not set"):
            place.context_key()
        first, second = ContextKey.generate(), ContextKey.generate()
        for key in (first, second):
            place.keep_context_key(key)
            assert place.context_key() == key
        url = place.require_owner_url()
    file = data_dir / "made" / "context.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.glob("context.*")] == ["context.key"]
    with pytest.raises(OSError):
        asyncio.run(user(url))


@pytest.mark.parametrize("role", ["database_url", "owner_url", "worker_url"])
def test_url_of_any_role_means_that_nothing_is_embedded(tmp_path: Path, role: str) -> None:
    """A migration with the owner's URL alone must not go to another database than that."""
    settings = Settings(**{role: URL, "data_dir": tmp_path / "unmade"})
    assert not is_embedded(settings)
    place = place_of(settings)
    assert place.embedded is None
    assert not settings.data_dir.exists()


def test_installation_by_url_takes_what_it_is_given_and_no_more(tmp_path: Path) -> None:
    place = place_of(by_url(tmp_path))
    assert place.app_url == URL
    assert place.worker_url is None
    with pytest.raises(SettingsError, match="PALISADE_OWNER_URL is not set"):
        place.require_owner_url()
    owned = place_of(by_url(tmp_path, database_url=None, owner_url="postgresql://o@db/x"))
    assert owned.require_owner_url() == "postgresql://o@db/x"
    with pytest.raises(SettingsError, match="PALISADE_DATABASE_URL is not set"):
        _ = owned.app_url


def test_key_of_an_installation_by_url_comes_from_its_setting_alone(tmp_path: Path) -> None:
    key, other = ContextKey.generate(), ContextKey.generate()
    (tmp_path / "context.key").write_text(other.encode())
    with pytest.raises(SettingsError, match="PALISADE_CONTEXT_KEY is not set"):
        place_of(by_url(tmp_path)).context_key()
    assert place_of(by_url(tmp_path, context_key=key.encode())).context_key() == key
    with pytest.raises(ContextKeyError):
        place_of(by_url(tmp_path, context_key="nothing")).context_key()
