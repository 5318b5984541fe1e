"""The compact form of a signed token: three parts, taken apart but not yet believed."""

import base64
import re
from dataclasses import dataclass
from typing import Final

from auth.errors import TokenMalformed, TokenMissing
from auth.json_object import read_json_object

MAX_TOKEN_BYTES: Final = 8192

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class CompactToken:
    """A token whose signature has not been looked at."""

    header: dict[str, object]
    payload: dict[str, object]


def read_compact_token(token: str) -> CompactToken:
    """The header and payload of a token, strictly read.

    Exactly one text yields given bytes: unpadded base64url with its unused bits zero.
    Raises: TokenMissing, TokenMalformed.
    Source: RFC 7515 section 7.1.
    """
    if not token:
        raise TokenMissing
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenMalformed
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenMalformed
    try:
        header, payload, _signature = [_decode_base64url(part) for part in parts]
        return CompactToken(read_json_object(header), read_json_object(payload))
    except ValueError as error:
        raise TokenMalformed from error


def _decode_base64url(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode("ascii"):
        raise ValueError("base64url is not canonical")
    return data
