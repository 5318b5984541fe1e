"""What a header may say about the key, about itself and about the kind of token."""

import json

from auth.errors import (
    AuthError,
    CriticalHeaderRefused,
    KeyUnknown,
    SignatureInvalid,
    TokenMalformed,
    TokenTypeWrong,
)
from tests.auth.vectors.forge import ED, STRANGER, Forge, Vector, header

KEY_ID = "RFC 8725, section 3.10"
BROUGHT = "RFC 8725, section 3.10; RFC 7515, section 10.10"
CRITICAL = "RFC 7515, section 4.1.11"
TYPE = "RFC 8725, sections 3.11 and 3.12; RFC 9068, section 4"
# Nothing is ever fetched: a connection to this port would be refused, and take the test along.
URL = "http://127.0.0.1:9/keys"

_KEY_IDS = (
    *("../../../../dev/null", "/dev/null", "..\\..\\key", "file:///dev/null", URL),
    *("' OR 1=1 --", "ed-1' --", '"; DROP TABLE context_key; --', "$(id)", "ed-1|id"),
    *("", " ", "ed", "ED-1", "ed-1 ", " ed-1", "ed-1\x00", "ed-1\n", "ed-1%00", "\u0435d-1"),
    *("*", "ec-1,ed-1", "A" * 4000),
)
_BROUGHT: dict[str, dict[str, object]] = {
    "its own jku": {"jku": URL},
    "its own x5u": {"x5u": URL},
    "its own jwk": {"jwk": STRANGER.jwk()},
    "its own jwk, named as the issuer's": {"jwk": STRANGER.jwk(kid="ed-1")},
    "its own jwk, jku and x5u": {"jwk": STRANGER.jwk(), "jku": URL, "x5u": URL},
    "a certificate": {"x5c": ["MIIB"]},
    "thumbprints": {"x5t": "AAAA", "x5t#S256": "AAAA"},
}


def _null(name: str, refused: type[AuthError], source: str) -> Vector:
    return Vector(
        f"header {name} null",
        source,
        lambda forge: forge.raw(header=json.dumps({**ED.header(), name: None}).encode()),
        refused,
    )


def _nested(forge: Forge) -> str:
    return forge.raw(
        header=json.dumps(ED.header(cty="JWT")).encode(), payload=forge.token().encode()
    )


HEADERS: tuple[Vector, ...] = (
    *header(KEY_ID, KeyUnknown, *({"kid": kid} for kid in (*_KEY_IDS, None))),
    *header(
        KEY_ID,
        TokenMalformed,
        *({"kid": kid} for kid in (1, 0, 1.5, True, ["ed-1"], [], {"ed-1": 1}, {})),
    ),
    _null("kid", TokenMalformed, KEY_ID),
    *(
        Vector(
            f"a stranger brings {about}, as {kid}",
            BROUGHT,
            lambda forge, brought=brought, kid=kid: forge.token(STRANGER, kid=kid, **brought),  # type: ignore[misc]
            refused,
            # Whoever holds the issuer's key may say what he likes there: nobody looks.
            lambda forge, brought=brought: forge.token(**brought),  # type: ignore[misc]
        )
        for about, brought in _BROUGHT.items()
        for kid, refused in ((ED.kid, SignatureInvalid), (STRANGER.kid, KeyUnknown))
    ),
    *header(
        CRITICAL,
        CriticalHeaderRefused,
        *({"crit": crit, "exp": 1} for crit in (["exp"], ["x"], ["alg"], [], "exp", 1, {}, [1])),
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64", "b64"], "b64": False},
    ),
    _null("crit", CriticalHeaderRefused, CRITICAL),
    *header("RFC 7797, sections 3 and 6", TokenMalformed, {"b64": False}),
    *header(
        TYPE,
        TokenTypeWrong,
        *({"typ": typ} for typ in (None, "", "JWT", "jwt", "id_token", "ID", "logout+jwt")),
        *({"typ": typ} for typ in ("dpop+jwt", "secevent+jwt", "at", "at+jwt ", " at+jwt")),
        *({"typ": typ} for typ in ("text/at+jwt", "application/application/at+jwt", "at+jwt\x00")),
        *({"typ": typ} for typ in (1, True, ["at+jwt"], {"at+jwt": 1})),
    ),
    _null("typ", TokenTypeWrong, TYPE),
    Vector(
        "a token in a token",
        "RFC 8725, section 3.3; RFC 7519, section 5.2",
        _nested,
        TokenMalformed,
    ),
)

ACCEPTED_TYPES = ("at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "Application/AT+JWT")
