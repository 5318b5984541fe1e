"""Settings, read once from the environment by the composition root and passed on as values."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from repository.connections import CACHED_STATEMENTS
from repository.walls import PolicyForm


class SettingsError(Exception):
    """A setting that can't be used; the message names the variable and the rule."""


def _split(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


Url = Annotated[str, Field(pattern="^postgres(ql)?://")]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Each field is the environment variable ``PALISADE_<FIELD>``. Lists are split at spaces."""

    model_config = SettingsConfigDict(env_prefix="PALISADE_", frozen=True, extra="ignore")

    data_dir: Path = Path(".palisade")
    """Where the embedded database, the development issuer's key and the context key lie."""

    database_url: Url | None = None
    """The application role's URL; the embedded database where it is absent."""

    owner_url: Url | None = None
    """The owner role's URL, for migrations and key rotation. Never given to serve."""

    worker_url: Url | None = None
    """The worker role's URL, for jobs and the lifecycle of organisations; serve offers it then."""

    context_key: str | None = None
    """The key that signs the organisation context, as rotate-context-key printed it."""

    policy_form: PolicyForm = PolicyForm.SUBSELECT
    """How policies call palisade.org_id(): bare on Citus."""

    models: Words = ()
    """Packages of own models."""

    export_dir: Path | None = None
    """Where exports go that operators ask the service for; without it they can't."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    connections: int = Field(default=10, ge=1, le=200)
    """Database connections of one process."""

    statement_cache: int = Field(default=CACHED_STATEMENTS, ge=0, le=10_000)
    """Prepared statements that each connection keeps; 0 for a pooler that can't keep them."""

    compiled_reads: bool = True
    """Whether reads are compiled to one statement; without it resolvers answer all of them."""

    cors_origins: Words = ()
    """Origins whose pages may call the service."""

    issuer: str | None = None
    """The exact ``iss`` of the tokens; the development issuer where it is absent."""

    audience: str = "palisade"
    jwks: str | None = None
    """The issuer's keys: a file, or an https URL."""

    algorithms: Words = ("EdDSA", "ES256", "RS256")
    token_type: str = "at+jwt"
    """The ``typ`` of the tokens; empty leaves it unchecked."""

    org_claim: str = "org_id"
    """The path to the organisation's id in the claims, split at dots unless it is a URL."""

    org_ids: Literal["internal", "external"] = "internal"
    leeway: timedelta = timedelta(seconds=30)


def read_settings(**overrides: object) -> Settings:
    """The settings of the environment; an override that is None is left out.

    Raises: SettingsError.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        raise SettingsError(f"PALISADE_{name}: {first['msg']}.") from error
