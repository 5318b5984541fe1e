"""From a bearer token to verified claims.

PyJWT checks the signature; everything else is checked here, against one strict reading of the
token and one clock. (PyJWT would read `exp: "1"` and `exp: true` as times, takes no clock, and
looks at neither `typ` nor a key's `use`.)
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from jwt import InvalidAlgorithmError, InvalidSignatureError, InvalidTokenError, PyJWS

from auth.claims import Claims
from auth.compact import CompactToken, read_compact_token
from auth.directory import Directory, DirectoryKind
from auth.errors import (
    AlgorithmRefused,
    AudienceWrong,
    ClaimMissing,
    CriticalHeaderRefused,
    IssuerConfigurationError,
    IssuerUnknown,
    KeyUnknown,
    OperatorConfined,
    OrganizationFrozen,
    OrganizationUnknown,
    SignatureInvalid,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
    TokenTypeWrong,
)
from auth.issuers import Issuer
from auth.jwk import ALGORITHMS, VerificationKey
from auth.organization import OrgId, mint_org_id
from auth.payload import find_claim, find_names, find_seconds, find_text, get_seconds, get_text
from auth.scopes import OPERATOR, Role, parse_scopes, role_scopes
from auth.verified import VerifiedTokens
from models.organization import OrganizationStatus

_ROLES: Final = frozenset(Role)


class TokenVerifier:
    """Verifies access tokens of the configured issuers.

    types: the names of the GraphQL types, which roles are spelt out for.
    cache_size: how many verified tokens are remembered; 0 remembers none.
    clock: seconds since 1970.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        directory: Directory,
        *,
        types: Collection[str],
        cache_size: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises: IssuerConfigurationError."""
        self._issuers = {issuer.name: issuer for issuer in issuers}
        if not issuers or len(self._issuers) != len(issuers):
            raise IssuerConfigurationError("issuers", "must be one or more, each name once")
        self._directory = directory
        self._role_scopes = {role: role_scopes(role, types) for role in Role}
        self._clock = clock
        self._verified = VerifiedTokens(cache_size)
        self._signatures = PyJWS(algorithms=sorted(ALGORITHMS))

    async def verify(self, token: str) -> Claims:
        """Who presents this token.

        A repeated token is answered from a cache for 30 s at most, so a withdrawn key and a
        deleted or frozen organisation are noticed within that time; `forget_all` makes it now.
        Raises: Unauthenticated, OrganizationFrozen, KeysUnavailable, and whatever the directory
        raises.
        """
        now = self._clock()
        claims = self._verified.find(token, now=now)
        if claims is None:
            generation = self._verified.generation
            claims = await self._verify_anew(token, now)
            self._verified.put(token, claims, now=now, generation=generation)
        return claims

    def forget_all(self) -> None:
        """Verify every token anew; one being verified at this moment is not remembered."""
        self._verified.clear()

    async def _verify_anew(self, token: str, now: float) -> Claims:
        compact = read_compact_token(token)
        issuer = self._pick_issuer(compact)
        await self._check_signature(token, compact.header, issuer)
        return await self._read_claims(compact.payload, issuer, now)

    def _pick_issuer(self, compact: CompactToken) -> Issuer:
        issuer = self._issuers.get(get_text(compact.payload, "iss"))
        if issuer is None:
            raise IssuerUnknown
        return issuer

    async def _check_signature(
        self, token: str, header: Mapping[str, object], issuer: Issuer
    ) -> None:
        # `jku`, `jwk`, `x5u` and `x5c` are never looked at: a token must not bring its own key.
        if "crit" in header:
            raise CriticalHeaderRefused
        if not issuer.accepts_type(header.get("typ")):
            raise TokenTypeWrong
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
            raise AlgorithmRefused
        kid = header.get("kid")
        if not isinstance(kid, str) and (kid is not None or "kid" in header):
            raise TokenMalformed
        keys = await issuer.keys.find(kid)
        if not keys:
            raise KeyUnknown
        pinned = [key for key in keys if key.algorithm == algorithm]
        if not pinned:
            raise AlgorithmRefused
        if not any(self._is_signed_by(key, token) for key in pinned):
            raise SignatureInvalid

    def _is_signed_by(self, key: VerificationKey, token: str) -> bool:
        try:
            self._signatures.decode_complete(token, key.key, algorithms=[key.algorithm])
        except InvalidSignatureError:
            return False
        except InvalidAlgorithmError as error:
            raise AlgorithmRefused from error
        except InvalidTokenError as error:
            raise TokenMalformed from error
        return True

    async def _read_claims(
        self, payload: Mapping[str, object], issuer: Issuer, now: float
    ) -> Claims:
        expires_at = _check_times(payload, now, leeway=issuer.leeway.total_seconds())
        _check_audience(payload, issuer.audience)
        issued_at = find_seconds(payload, "iat")
        scopes = self._read_scopes(payload, issuer)
        subject = get_text(payload, "sub")
        client_id = find_text(payload, ("client_id",))
        token_id = find_text(payload, ("jti",))
        return Claims(
            subject=subject,
            issuer=issuer.name,
            client_id=client_id,
            # Last, once nothing else can be wrong: it is the one thing that takes a statement.
            org_id=await self._find_org_id(payload, issuer, scopes),
            scopes=scopes,
            token_id=token_id,
            issued_at=None if issued_at is None else int(issued_at),
            expires_at=int(expires_at),
        )

    def _read_scopes(self, payload: Mapping[str, object], issuer: Issuer) -> frozenset[str]:
        text = find_claim(payload, issuer.scope_claim)
        if text is not None and not isinstance(text, str):
            raise TokenMalformed
        scopes = parse_scopes(text or "")
        for name in _ROLES.intersection(find_names(payload, issuer.roles_claim)):
            scopes |= self._role_scopes[Role(name)]
        return scopes

    async def _find_org_id(
        self, payload: Mapping[str, object], issuer: Issuer, scopes: frozenset[str]
    ) -> OrgId | None:
        """The token's organisation; None for an operator's token.

        A token with both is refused: dropping either half would guess what its issuer meant.
        """
        value = find_text(payload, issuer.org_claim)
        if OPERATOR in scopes:
            if value is not None:
                raise OperatorConfined
            return None
        if value is None:
            raise ClaimMissing(".".join(issuer.org_claim))
        if issuer.org_ids == "external":
            key = f"{issuer.name} {value}"
            found = await self._directory.find_entry(DirectoryKind.external, key)
        else:
            found = await self._directory.find_entry(DirectoryKind.id, _canonical_uuid(value))
            if found is not None and str(found.org_id) != value:
                raise OrganizationUnknown
        if found is None or found.status is OrganizationStatus.DELETED:
            raise OrganizationUnknown
        if found.status is not OrganizationStatus.ACTIVE and _is_machine(payload):
            raise OrganizationFrozen
        return mint_org_id(found.org_id)


def _is_machine(payload: Mapping[str, object]) -> bool:
    """Whether a client got the token for itself. Source: RFC 9068, section 2.2 on `sub`."""
    return payload.get("client_id") == payload.get("sub")


def _check_times(payload: Mapping[str, object], now: float, *, leeway: float) -> float:
    """The time of expiry, once `exp`, `nbf` and `iat` are found to allow now."""
    expires_at = get_seconds(payload, "exp")
    if now >= expires_at + leeway:
        raise TokenExpired
    for name in ("nbf", "iat"):
        begins_at = find_seconds(payload, name)
        if begins_at is not None and now < begins_at - leeway:
            raise TokenNotYetValid
    return expires_at


def _check_audience(payload: Mapping[str, object], audience: str) -> None:
    value = find_claim(payload, ("aud",))
    if value is None:
        raise ClaimMissing("aud")
    audiences = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) for name in audiences) or audience not in audiences:
        raise AudienceWrong


def _canonical_uuid(text: str) -> str:
    """The text itself, if it is a UUID in its one canonical form."""
    try:
        canonical = str(UUID(text))
    except ValueError as error:
        raise OrganizationUnknown from error
    if canonical != text:
        raise OrganizationUnknown
    return text
