"""What each claim may be, and what a token for somebody else looks like."""

import re
from collections.abc import Callable

from auth.errors import (
    AudienceWrong,
    ClaimMissing,
    IssuerUnknown,
    OperatorConfined,
    OrganizationUnknown,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
)
from auth.scopes import OPERATOR
from tests.auth.conftest import ISSUER, NOW
from tests.auth.vectors.forge import ED, Forge, Vector, claim

LEEWAY_SECONDS = 30
CLAIM_TYPES = "RFC 8725, section 3.8; RFC 7519, section 4.1"
ORGANISATION = "RFC 8725, section 3.8 (a claim that names whom a token is about)"
TIMES = "RFC 7519, sections 2, 4.1.4, 4.1.5 and 4.1.6"
AUDIENCE = "RFC 8725, section 3.9; RFC 7519, section 4.1.3"
ISSUED_BY = "RFC 8725, section 3.8; RFC 9068, section 4"
ABSENT = "RFC 9068, sections 2.2 and 4"
NOT_TEXT: tuple[object, ...] = (None, 1, 0, 1.5, True, False, [], ["a"], {}, {"a": "b"})
BAD_TEXT = ("", "a\x00", "a\n", "\x7f", "\u202ea", "\ud800", "x" * 256, "\u2028", "\ufeff")
NO_TIME: tuple[object, ...] = (
    *(str(NOW + 60), "", "NaN", None, True, False, [NOW + 60], [], {}, {"a": 1}),
    *(-1, -0.001, 253_402_300_800, 10**30, 1e300, "2027-01-15T08:00:00Z"),
)
AUDIENCES: tuple[object, ...] = (
    *("billing", "palisad", "palisades", "palisade ", " palisade", "Palisade", "PALISADE", "p"),
    *(
        "palisade,billing",
        "palisade billing",
        "pa\u200blisade",
        "p\u0430lisade",
        "palisade\x00",
        "",
        "*",
    ),
    *([], ["billing"], [["palisade"]], ["palisade", 1], ["palisade", None], [{"palisade": 1}]),
    *({"palisade": True}, {}, 1, True),
)
LIKE_THE_ISSUER = (
    ISSUER.rstrip("/"),
    f"{ISSUER}/",
    f"{ISSUER}a",
    f"{ISSUER}?",
    f"{ISSUER}#",
    ISSUER.upper(),
    ISSUER.replace("login", "LOGIN"),
    ISSUER.replace("https", "http"),
    ISSUER.replace("https", "HTTPS"),
    ISSUER.replace("login", "l\u043egin"),
    ISSUER.replace(".com", ".com."),
    ISSUER.replace("login", "log%69n"),
    ISSUER.replace("//", "//evil@"),
    ISSUER.replace(".com/", ".com:443/"),
    f"https://evil.example/{ISSUER}",
    "https://evil.example.com/",
    f"{ISSUER} ",
    f" {ISSUER}",
)


def _org(name: str, edit: Callable[[str], str], *, statements: int = 0) -> Vector:
    return Vector(
        f"org_id {name}",
        ORGANISATION,
        lambda forge: ED.sign(forge.payload(org_id=edit(str(forge.org_id)))),
        OrganizationUnknown,
        statements=statements,
    )


def _without(name: str) -> Vector:
    def spoilt(forge: Forge) -> str:
        return ED.sign({key: value for key, value in forge.payload().items() if key != name})

    return Vector(f"without {name}", ABSENT, spoilt, ClaimMissing)


def _infinite(forge: Forge) -> str:
    payload = str(forge.payload()).replace("'", '"').replace(str(NOW + 3600), "1e999")
    return forge.raw(payload=payload.encode())


CLAIMS: tuple[Vector, ...] = (
    *(_without(name) for name in ("iss", "aud", "sub", "exp", "org_id")),
    *claim(ORGANISATION, TokenMalformed, *({"org_id": value} for value in (*NOT_TEXT, *BAD_TEXT))),
    _org("in capitals", str.upper),
    _org("in one capital", lambda id: re.sub("[a-f]", lambda found: found[0].upper(), id, count=1)),
    _org("without hyphens", lambda id: id.replace("-", "")),
    _org("with one hyphen less", lambda id: id.replace("-", "", 1)),
    _org("in braces", lambda id: f"{{{id}}}"),
    _org("as a URN", lambda id: f"urn:uuid:{id}"),
    _org("after a space", lambda id: f" {id}"),
    _org("before a space", lambda id: f"{id} "),
    _org("before a zero-width character, no control one", lambda id: f"{id}\u0301"),
    _org(
        "in digits of full width", lambda id: id.translate({48 + i: 0xFF10 + i for i in range(10)})
    ),
    _org("twice", lambda id: f"{id},{id}"),
    _org("cut short", lambda id: id[:-1]),
    _org("that is no id", lambda _: "acme"),
    _org("that is a pattern", lambda _: "%"),
    _org("that is SQL", lambda id: f"{id}' OR true --"),
    _org("of nobody", lambda _: "018f0000-0000-7000-8000-0000000000ff", statements=1),
    _org("of zeros", lambda _: "00000000-0000-0000-0000-000000000000", statements=1),
    *(
        Vector(
            f"org_id in a list of {count}",
            ORGANISATION,
            lambda forge, count=count: ED.sign(forge.payload(org_id=[str(forge.org_id)] * count)),  # type: ignore[misc]
            TokenMalformed,
        )
        for count in (1, 2)
    ),
    *claim(ORGANISATION, OperatorConfined, {"scope": OPERATOR}),
    *(
        vector
        for name in ("exp", "nbf", "iat")
        for vector in claim(TIMES, TokenMalformed, *({name: value} for value in NO_TIME))
    ),
    Vector("exp 1e999", TIMES, _infinite, TokenMalformed),
    *claim(
        TIMES,
        TokenExpired,
        *({"exp": NOW - seconds} for seconds in (LEEWAY_SECONDS, LEEWAY_SECONDS + 0.5, 3600)),
        {"exp": 0},
        {"exp": 1},
        {"exp": (NOW + 3600) / 1000},
    ),
    *claim(TIMES, TokenNotYetValid, *({"nbf": NOW + s} for s in (LEEWAY_SECONDS + 1, 3600))),
    *claim(TIMES, TokenNotYetValid, *({"iat": NOW + s} for s in (LEEWAY_SECONDS + 1, 3600))),
    # A time in milliseconds lies in the far future: past the year 9999, it is none at all.
    *claim(TIMES, TokenMalformed, {"exp": (NOW + 3600) * 1000}),
    *claim(AUDIENCE, AudienceWrong, *({"aud": value} for value in AUDIENCES)),
    *claim(AUDIENCE, TokenMalformed, {"aud": None}),
    *claim(
        ISSUED_BY,
        IssuerUnknown,
        *({"iss": value} for value in LIKE_THE_ISSUER),
    ),
    *claim(
        ISSUED_BY, TokenMalformed, *({"iss": value} for value in (*NOT_TEXT, *BAD_TEXT, [ISSUER]))
    ),
    *(
        vector
        for name in ("sub", "client_id", "jti")
        for vector in claim(
            CLAIM_TYPES, TokenMalformed, *({name: value} for value in (*NOT_TEXT, *BAD_TEXT))
        )
    ),
    *claim(
        "RFC 6749, section 3.3; RFC 9068, section 2.2.3",
        TokenMalformed,
        *({"scope": value} for value in (None, 1, True, ["integration:read"], {}, {"a": 1})),
        *(
            {"scope": value}
            for value in (" ", "a  b", " a", "a ", "a\tb", "a\nb", 'a"b', "a\\b", "é")
        ),
        *({"roles": value} for value in (None, "admin", 1, [1], [["admin"]], {"admin": True})),
    ),
)

# Accepted at the edge of what is refused above.
EDGES: tuple[tuple[dict[str, object], str], ...] = (
    ({"exp": NOW - LEEWAY_SECONDS + 0.001}, TIMES),
    ({"exp": NOW}, TIMES),
    ({"exp": NOW + 1}, TIMES),
    ({"exp": 253_402_300_799}, TIMES),
    ({"nbf": NOW + LEEWAY_SECONDS}, TIMES),
    ({"nbf": NOW}, TIMES),
    ({"nbf": 0}, TIMES),
    ({"iat": NOW + LEEWAY_SECONDS}, TIMES),
    ({"iat": 0}, TIMES),
    ({"aud": ["palisade"]}, AUDIENCE),
    ({"aud": ["billing", "palisade"]}, AUDIENCE),
    ({"scope": ""}, CLAIM_TYPES),
    ({"scope": "a:b c"}, CLAIM_TYPES),
    ({"roles": ["owner", "Admin"]}, CLAIM_TYPES),
    ({"sub": "x" * 255}, CLAIM_TYPES),
    ({"sub": "Zoë 例"}, CLAIM_TYPES),
    ({"x": {"a": {"b": [1, None, True]}}}, CLAIM_TYPES),
)
