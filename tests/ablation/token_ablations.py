"""Every check of a token, and what gets through without it: `token_attacks` by name."""

from dataclasses import dataclass

from jwt import PyJWS

import auth.compact
import auth.issuers
import auth.json_object
import auth.payload
import auth.tokens
import auth.verified
from auth.claims import Claims
from auth.tokens import TokenVerifier
from tests.ablation.cuts import Cut
from tests.ablation.table import Ablation

TRIED = "tokens"
OTHERS = "every other check: each other token of the list is refused as before"


@dataclass(frozen=True, kw_only=True)
class TokenAblation(Ablation):
    """An ablation of a check in Python."""

    cuts: tuple[Cut, ...]


def _check(
    removed: str,
    *cuts: Cut,
    through: str | tuple[str, ...] = (),
    stopped_by: str = OTHERS,
    noticed_by: str = "",
) -> TokenAblation:
    names = (through,) if isinstance(through, str) else through
    return TokenAblation(
        wall="token",
        removed=removed,
        tried=TRIED,
        through=frozenset(names),
        stopped_by=stopped_by,
        noticed_by=noticed_by or "`tests/auth`",
        cuts=cuts,
    )


def _verifier(name: str, old: str, new: str) -> Cut:
    return Cut(TokenVerifier, name, old, new)


SIGNATURE = _verifier(
    "_check_signature", "if not any(self._is_signed_by(key, token) for key in pinned):", "if False:"
)
ISSUERS_ALGORITHMS = _verifier(
    "_check_signature",
    "if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:",
    "if False:",
)
PINNED = _verifier(
    "_check_signature",
    "pinned = [key for key in keys if key.algorithm == algorithm]",
    "pinned = list(keys)",
)
LIBRARY = _verifier(
    "_is_signed_by",
    "self._signatures.decode_complete(token, key.key, algorithms=[key.algorithm])",
    "PyJWS().decode_complete(token, key.key, "
    "algorithms=[__import__('jwt').get_unverified_header(token)['alg']])",
)
LIBRARY_AND_KEY = _verifier(
    "_is_signed_by",
    LIBRARY.old,
    LIBRARY.new.replace(
        "key.key,",
        "key.key.public_bytes_raw() if b'HS256' in __import__('base64').urlsafe_b64decode("
        "token.split('.')[0] + '==') else key.key,",
    ),
)
CANONICAL = Cut(
    auth.tokens,
    "_canonical_uuid",
    "if canonical != text:\n        raise OrganizationUnknown\n    return text",
    "return canonical",
)
ANSWERED = _verifier(
    "_find_org_id", "if found is not None and str(found.org_id) != value:", "if False:"
)
CRITICAL = _verifier("_check_signature", 'if "crit" in header:', "if False:")
SPELLING = Cut(
    auth.compact,
    "_decode_base64url",
    'if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode("ascii"):',
    "if False:",
)
NO_ORGANISATION = _verifier(
    "_find_org_id", 'raise ClaimMissing(".".join(issuer.org_claim))', "return None"
)
TOKEN_ABLATIONS = (
    _check("the signature", SIGNATURE, through="a payload under another key's signature"),
    _check(
        "the issuer's list of algorithms",
        ISSUERS_ALGORITHMS,
        through="an algorithm that the issuer does not allow",
    ),
    _check(
        "the algorithm pinned to the key",
        PINNED,
        stopped_by="also PyJWT, which is given the key's one algorithm; and the issuer's list",
    ),
    _check(
        "the issuer's list, and the pin",
        ISSUERS_ALGORITHMS,
        PINNED,
        through="an algorithm that the issuer does not allow",
        stopped_by="of `alg` none and HMAC: PyJWT, which is given the key's one algorithm",
    ),
    _check(
        "the issuer's list, the pin, and PyJWT's own list",
        ISSUERS_ALGORITHMS,
        PINNED,
        LIBRARY,
        through="an algorithm that the issuer does not allow",
        stopped_by="of HMAC: a key is an object of its kind, never bytes; of none: PyJWT, always",
    ),
    _check(
        "the issuer's list, the pin, PyJWT's own list, and the key's type",
        ISSUERS_ALGORITHMS,
        PINNED,
        LIBRARY_AND_KEY,
        through=(
            "an algorithm that the issuer does not allow",
            "the public key as an HMAC secret",
        ),
    ),
    _check(
        "the issuer's list, the pin, and the signature",
        ISSUERS_ALGORITHMS,
        PINNED,
        SIGNATURE,
        through=(
            "`alg` none",
            "a payload under another key's signature",
            "an algorithm that the issuer does not allow",
            "the public key as an HMAC secret",
        ),
    ),
    _check(
        "each issuer has its own keys",
        _verifier(
            "_check_signature",
            "keys = await issuer.keys.find(kid)",
            "keys = [key for one in self._issuers.values() for key in await one.keys.find(kid)]",
        ),
        through="another issuer's key",
    ),
    _check(
        "`iss`",
        _verifier(
            "_pick_issuer",
            'self._issuers.get(get_text(compact.payload, "iss"))',
            'self._issuers.get(get_text(compact.payload, "iss"), next(iter(self._issuers.values())))',
        ),
        through="an issuer that nobody trusts",
    ),
    _check(
        "`aud`",
        _verifier("_read_claims", "_check_audience(payload, issuer.audience)", "pass"),
        through="a token for another service",
    ),
    _check(
        "`exp`",
        Cut(auth.tokens, "_check_times", "if now >= expires_at + leeway:", "if False:"),
        through=("an expired token", "a remembered token past its expiry"),
        stopped_by=f"{OTHERS} (a remembered token past `exp` is verified anew)",
    ),
    _check(
        "that there is an `exp`",
        Cut(
            auth.tokens,
            "_check_times",
            'get_seconds(payload, "exp")',
            'find_seconds(payload, "exp") or now + 3600',
        ),
        through="a token that never expires",
    ),
    _check(
        "`nbf`",
        Cut(auth.tokens, "_check_times", '("nbf", "iat")', '("iat",)'),
        through="a token from `nbf` on",
    ),
    _check(
        "`iat`",
        Cut(auth.tokens, "_check_times", '("nbf", "iat")', '("nbf",)'),
        through="a token issued in the future",
    ),
    _check(
        "`typ`",
        _verifier(
            "_check_signature", 'if not issuer.accepts_type(header.get("typ")):', "if False:"
        ),
        through="an ID token",
    ),
    _check(
        "`crit`",
        CRITICAL,
        stopped_by="also PyJWT, which knows no extension but `b64`",
    ),
    _check(
        "`crit`, and PyJWT's own check of it",
        CRITICAL,
        Cut(PyJWS, "_validate_headers", '"crit" in headers', "False"),
        through="a critical extension",
    ),
    _check(
        "one reading of names that occur twice",
        Cut(auth.json_object, "_unique", "if len(members) != len(pairs):", "if False:"),
        through="`org_id` twice",
    ),
    _check(
        "one spelling of bytes", SPELLING, stopped_by="also PyJWT, which decodes strictly by itself"
    ),
    _check(
        "one spelling of bytes, also PyJWT's",
        SPELLING,
        Cut(
            PyJWS,
            "_decode_base64url_segment",
            "if base64url_encode(decoded) != stripped:",
            "if False:",
        ),
        through="another spelling of the same signature",
    ),
    _check(
        "the size of a token",
        Cut(auth.compact, "read_compact_token", "if len(token) > MAX_TOKEN_BYTES:", "if False:"),
        through="a token larger than the bound",
    ),
    _check(
        "text is printable",
        Cut(auth.payload, "find_text", "if not value.isprintable():", "if False:"),
        through="a subject with a NUL",
    ),
    _check(
        "that there is an organisation",
        NO_ORGANISATION,
        stopped_by="also `Claims`, which are of one organisation or an operator's",
    ),
    _check(
        "that there is an organisation, and the rule of `Claims`",
        NO_ORGANISATION,
        Cut(
            Claims,
            "__post_init__",
            "if (self.org_id is None)",
            "if False and (self.org_id is None)",
        ),
        through="no organisation",
    ),
    _check(
        "a canonical organisation id",
        CANONICAL,
        stopped_by="also the comparison of the directory's answer with the claim",
    ),
    _check(
        "the comparison of the directory's answer with the claim",
        ANSWERED,
        through="a directory that answers another organisation",
    ),
    _check(
        "a canonical organisation id, and the comparison of the answer",
        CANONICAL,
        ANSWERED,
        through=(
            "a directory that answers another organisation",
            "an organisation's id in capitals",
        ),
    ),
    _check(
        "that the organisation exists",
        _verifier(
            "_find_org_id",
            "if found is None or found.status is OrganizationStatus.DELETED:",
            "if found is None:\n        return mint_org_id(UUID(value))\n"
            "    if found.status is OrganizationStatus.DELETED:",
        ),
        through="an organisation that does not exist",
    ),
    _check(
        "that the organisation is not deleted",
        _verifier("_find_org_id", " or found.status is OrganizationStatus.DELETED:", ":"),
        through=(
            "an organisation that was deleted",
            "a remembered token of what was deleted 30 s ago",
        ),
    ),
    _check(
        "that a frozen organisation's integrations wait",
        _verifier("_find_org_id", "and _is_machine(payload):", "and False:"),
        through="an integration of a frozen organisation",
    ),
    _check(
        "that an operator names no organisation",
        _verifier("_find_org_id", "raise OperatorConfined", "return None"),
        through="an operator who names an organisation",
    ),
    _check(
        "that an external name is its issuer's own",
        _verifier(
            "_find_org_id",
            'key = f"{issuer.name} {value}"',
            'key = next(key for _, key in self._directory.entries if key.endswith(f" {value}"))',
        ),
        through="another issuer's name for an organisation",
    ),
    _check(
        "`exp` of a remembered token",
        Cut(
            auth.verified.VerifiedTokens,
            "find",
            "if not fresh or now >= entry.claims.expires_at:",
            "if not fresh:",
        ),
        through="a remembered token past its expiry",
    ),
    _check(
        "the age of a remembered token",
        Cut(
            auth.verified.VerifiedTokens,
            "find",
            "if not fresh or now >= entry.claims.expires_at:",
            "if now >= entry.claims.expires_at:",
        ),
        through="a remembered token of what was deleted 30 s ago",
    ),
)

ISSUER_TO_ORG = Ablation(
    wall="token",
    removed="an issuer that an organisation registered names only its own: **not built yet**",
    tried="an issuer that names another organisation than it used to",
    through=frozenset({"any organisation, by any issuer that the operator configured"}),
    stopped_by="nothing: every issuer is a platform issuer, and an organisation cannot register one",
    noticed_by="`tests/ablation/test_tokens.py`, which goes red once there is such a check",
)
