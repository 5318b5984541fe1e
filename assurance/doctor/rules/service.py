"""Rules about the service's own settings, and the connections it gets."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Final

from assurance.doctor.pooler import Pooler
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.service import ServiceFacts

_LONGEST_LEEWAY_SECONDS: Final = 120
_ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})
_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def _asked(find: Callable[[ServiceFacts], Iterable[Hit]]) -> Callable[[Examined], Iterable[Hit]]:
    return lambda examined: find(examined.service) if examined.service else ()


def _probed(find: Callable[[Pooler], Iterable[Hit]]) -> Callable[[Examined], Iterable[Hit]]:
    return lambda examined: find(examined.pooler) if examined.pooler else ()


def _is_local(host: str | None) -> bool:
    return host is None or host in _LOOPBACK or host.startswith("/")


def _type(service: ServiceFacts) -> Iterator[Hit]:
    if service.issuer and not service.token_type:
        yield "PALISADE_TOKEN_TYPE", "empty: an ID token passes for an access token"


def _symmetric(service: ServiceFacts) -> Iterator[Hit]:
    for name in service.algorithms:
        if name.upper().startswith("HS") or name.lower() == "none":
            yield "PALISADE_ALGORITHMS", f"{name}: whoever checks tokens can make them"


def _leeway(service: ServiceFacts) -> Iterator[Hit]:
    if service.leeway_seconds > _LONGEST_LEEWAY_SECONDS:
        yield "PALISADE_LEEWAY", f"{service.leeway_seconds:.0f} s past their end tokens are good"


def _jwks(service: ServiceFacts) -> Iterator[Hit]:
    if service.jwks and service.jwks.lower().startswith("http:"):
        yield "PALISADE_JWKS", "plain http: whoever is on the way makes the keys"


def _issuer(service: ServiceFacts) -> Iterator[Hit]:
    if service.issuer and service.issuer.lower().startswith("http:"):
        yield "PALISADE_ISSUER", service.issuer


def _origins(service: ServiceFacts) -> Iterator[Hit]:
    for origin in service.cors_origins:
        if "*" in origin or origin == "null":
            yield "PALISADE_CORS_ORIGINS", origin


def _wire(service: ServiceFacts) -> Iterator[Hit]:
    if not _is_local(service.database_host) and service.sslmode not in _ENCRYPTED:
        yield (
            "PALISADE_DATABASE_URL",
            f"to {service.database_host} with sslmode {service.sslmode or 'prefer'}",
        )


def _owner(service: ServiceFacts) -> Iterator[Hit]:
    if service.serving and service.owner_url_present and not service.embedded:
        yield "PALISADE_OWNER_URL", "in the environment of a process that serves"


def _development(service: ServiceFacts) -> Iterator[Hit]:
    if service.issuer is None and not service.embedded:
        yield "PALISADE_ISSUER", "not set: the development issuer signs for a real database"


def _exposed(service: ServiceFacts) -> Iterator[Hit]:
    if service.issuer is None and service.host not in _LOOPBACK:
        yield "PALISADE_HOST", f"{service.host}, with the development issuer"


def _key_files(service: ServiceFacts) -> Iterator[Hit]:
    for file in service.key_files:
        if file.mode & 0o077:
            yield PurePath(file.path).name, f"permissions {file.mode:o}"


def _exports(service: ServiceFacts) -> Iterator[Hit]:
    if service.export_dir and service.export_dir.mode & 0o007:
        yield "PALISADE_EXPORT_DIR", f"permissions {service.export_dir.mode:o}"


def _statement_mode(pooler: Pooler) -> Iterator[Hit]:
    if not pooler.transactions:
        yield "PALISADE_DATABASE_URL", "no transaction holds: a context could meet other statements"


def _survives(pooler: Pooler) -> Iterator[Hit]:
    if pooler.local_survives:
        yield "PALISADE_DATABASE_URL", "a setting outlived the transaction it was local to"


def _shared(pooler: Pooler) -> Iterator[Hit]:
    if pooler.session_shared:
        yield "PALISADE_DATABASE_URL", "a second client saw what the first had set on its session"


SERVICE_RULES: Final = (
    Rule(
        "token-type-unchecked",
        Severity.WARNING,
        "settings",
        "Leave PALISADE_TOKEN_TYPE at at+jwt, if the issuer writes it.",
        _asked(_type),
    ),
    Rule(
        "symmetric-algorithm",
        Severity.ERROR,
        "settings",
        "Name asymmetric algorithms only: EdDSA, ES256, RS256.",
        _asked(_symmetric),
    ),
    Rule("long-leeway", Severity.WARNING, "settings", "At most PT2M.", _asked(_leeway)),
    Rule("jwks-not-https", Severity.ERROR, "settings", "Name an https URL.", _asked(_jwks)),
    Rule("issuer-not-https", Severity.WARNING, "settings", "Use an https issuer.", _asked(_issuer)),
    Rule(
        "cors-wildcard",
        Severity.WARNING,
        "settings",
        "Name the origins whose pages call the service.",
        _asked(_origins),
    ),
    Rule(
        "plain-connection",
        Severity.WARNING,
        "settings",
        "Add ?sslmode=verify-full to the URL.",
        _asked(_wire),
    ),
    Rule(
        "owner-url-in-serve",
        Severity.WARNING,
        "settings",
        "Give PALISADE_OWNER_URL to `palisade migrate` alone.",
        _asked(_owner),
    ),
    Rule(
        "development-issuer",
        Severity.WARNING,
        "settings",
        "Set PALISADE_ISSUER and PALISADE_JWKS: who reads the data directory makes any token.",
        _asked(_development),
    ),
    Rule(
        "development-issuer-exposed",
        Severity.WARNING,
        "settings",
        "Listen on 127.0.0.1, or set PALISADE_ISSUER.",
        _asked(_exposed),
    ),
    Rule("open-key-file", Severity.ERROR, "settings", "chmod 600.", _asked(_key_files)),
    Rule(
        "open-export-folder",
        Severity.WARNING,
        "settings",
        "chmod o= it, or name another folder.",
        _asked(_exports),
    ),
    Rule(
        "pooler-without-transactions",
        Severity.ERROR,
        "pooler",
        "Set pool_mode to transaction or session.",
        _probed(_statement_mode),
    ),
    Rule(
        "setting-survives",
        Severity.ERROR,
        "pooler",
        "Leave this pooler out: a context must end with its transaction.",
        _probed(_survives),
    ),
    Rule(
        "shared-session",
        Severity.INFO,
        "pooler",
        "Nothing, with transaction pooling: the service sets nothing on sessions. Else set "
        "server_reset_query.",
        _probed(_shared),
    ),
)
