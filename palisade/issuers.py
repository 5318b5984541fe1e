"""The issuers whose tokens are trusted, by the settings."""

from pathlib import Path

from auth.development import DevelopmentIssuer
from auth.issuers import Issuer
from auth.keys import JwksFile, JwksUrl, KeySource
from palisade.settings import Settings, SettingsError


def trusted_issuer(settings: Settings) -> Issuer:
    """The configured issuer; where there is none, the development issuer of the data directory.

    Raises: IssuerConfigurationError, SettingsError.
    """
    if settings.issuer is None:
        return development_issuer(settings).as_issuer()
    return Issuer(
        name=settings.issuer,
        audience=settings.audience,
        keys=_keys(settings.jwks),
        algorithms=frozenset(settings.algorithms),
        token_type=settings.token_type or None,
        org_claim=_path(settings.org_claim),
        org_ids=settings.org_ids,
        leeway=settings.leeway,
    )


def development_issuer(settings: Settings) -> DevelopmentIssuer:
    """The issuer of one's own machine.

    Raises: SettingsError, where a real issuer is configured.
    """
    if settings.issuer is not None:
        raise SettingsError(
            f"PALISADE_ISSUER is {settings.issuer}: beside it the development issuer has no say."
        )
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return DevelopmentIssuer(settings.data_dir, audience=settings.audience)


def _keys(jwks: str | None) -> KeySource:
    if jwks is None:
        raise SettingsError(
            "PALISADE_JWKS is not set: name the issuer's key file or its https URL."
        )
    return JwksUrl(jwks) if "://" in jwks else JwksFile(Path(jwks))


def _path(claim: str) -> tuple[str, ...]:
    """``app.org`` → two steps; ``https://example.com/org_id`` is one name, as issuers use it."""
    return (claim,) if "://" in claim else tuple(claim.split("."))
