"""What can be wrong with a token, its keys or the settings of its issuer."""

from typing import ClassVar


class AuthError(Exception):
    """Authentication failed."""

    def __str__(self) -> str:
        """The first line of the class's docstring, filled with the error's attributes."""
        message = (type(self).__doc__ or type(self).__name__).partition("\n")[0]
        return message.format_map(vars(self))


class Unauthenticated(AuthError):
    """The request carries no acceptable access token.

    Answered 401, whichever subclass it is. `reason` is stable: it goes to logs and metrics, and
    says nothing about the token's content.
    """

    reason: ClassVar[str] = "unauthenticated"


class TokenMissing(Unauthenticated):
    """The request carries no access token."""

    reason = "token_missing"


class TokenMalformed(Unauthenticated):
    """The access token is not a well-formed signed token."""

    reason = "token_malformed"


class TokenExpired(Unauthenticated):
    """The access token has expired."""

    reason = "token_expired"


class TokenNotYetValid(Unauthenticated):
    """The access token is not valid yet."""

    reason = "token_not_yet_valid"


class TokenTypeWrong(Unauthenticated):
    """The token is not an access token."""

    reason = "token_type_wrong"


class IssuerUnknown(Unauthenticated):
    """The access token comes from an issuer that is not trusted here."""

    reason = "issuer_unknown"


class AudienceWrong(Unauthenticated):
    """The access token is meant for another service."""

    reason = "audience_wrong"


class AlgorithmRefused(Unauthenticated):
    """The access token is signed with an algorithm that is not accepted for its key."""

    reason = "algorithm_refused"


class CriticalHeaderRefused(Unauthenticated):
    """The access token demands an extension that is not supported."""

    reason = "critical_header_refused"


class KeyUnknown(Unauthenticated):
    """The access token is signed with a key that its issuer does not publish."""

    reason = "key_unknown"


class SignatureInvalid(Unauthenticated):
    """The signature of the access token does not match."""

    reason = "signature_invalid"


class ClaimMissing(Unauthenticated):
    """The access token lacks the claim {claim}."""

    reason = "claim_missing"

    def __init__(self, claim: str) -> None:
        super().__init__(claim)
        self.claim = claim


class OrganizationUnknown(Unauthenticated):
    """The access token names an organisation that does not exist."""

    reason = "organization_unknown"


class OrganizationFrozen(AuthError):
    """The organisation is frozen: integrations are refused until it is thawed.

    Answered 403: the token is good, and a fresh one would fare no better.
    """

    reason: ClassVar[str] = "organization_frozen"


class OperatorConfined(Unauthenticated):
    """An operator's token must not name an organisation."""

    reason = "operator_confined"


class KeysUnavailable(AuthError):
    """The issuer's keys cannot be read at the moment.

    Answered 503: the token may well be good. `source` is the URL or path of the keys.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source


class KeyRefused(AuthError):
    """The key cannot verify tokens: {rule}."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class IssuerConfigurationError(AuthError):
    """{setting} {rule}."""

    def __init__(self, setting: str, rule: str) -> None:
        super().__init__(setting, rule)
        self.setting = setting
        self.rule = rule
