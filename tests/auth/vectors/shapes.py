"""How a token is written: parts, base64, JSON, size."""

import base64
import json
from collections.abc import Callable

from auth.compact import MAX_TOKEN_BYTES
from auth.errors import TokenMalformed
from tests.auth.conftest import NOW, encode_part
from tests.auth.vectors.forge import ED, Forge, Vector, text

PARTS = "RFC 7515, section 7.1"
BASE64 = "RFC 7515, section 2; RFC 4648, section 3.5"
ONE_JSON = "RFC 8725, sections 2.4 and 3.7; RFC 7515, section 4"
SIZE = "RFC 8725, section 2.5 (bounded work)"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NOT_A_VALUE = (
    "[]",
    '"a"',
    "1",
    "null",
    "true",
    "",
    " ",
    "{",
    "{}{}",
    '{"a":1}x',
    "{'a':1}",
    "[" * 3000,
)


def _part(place: int, edit: Callable[[str], str]) -> Callable[[str], str]:
    def edited(token: str) -> str:
        parts = token.split(".")
        parts[place] = edit(parts[place])
        return ".".join(parts)

    return edited


def _trailing_bit(part: str) -> str:
    """The same bytes, written with an unused bit set."""
    assert len(part) % 4, "no bit is unused"
    return part[:-1] + ALPHABET[ALPHABET.index(part[-1]) + 1]


def _signed_bits(forge: Forge) -> str:
    """The same, in a payload that is signed as it is written."""
    payload = json.dumps(forge.payload()).encode()
    while len(payload) % 3 == 0:
        payload += b" "
    header = encode_part(json.dumps(ED.header()).encode())
    signed = f"{header}.{_trailing_bit(encode_part(payload))}"
    return f"{signed}.{encode_part(ED.private.sign(signed.encode()))}"  # type: ignore[call-arg, arg-type, union-attr]


def _padded(forge: Forge) -> str:
    header, payload = (
        json.dumps(part).encode() for part in (ED.header(), forge.payload() | {"a": ""})
    )
    while len(header) % 3 == 0:
        header += b" "
    signed = f"{base64.urlsafe_b64encode(header).decode()}.{encode_part(payload)}"
    return f"{signed}.{encode_part(ED.private.sign(signed.encode()))}"  # type: ignore[call-arg, arg-type, union-attr]


def _json_form(forge: Forge) -> str:
    header, payload, signature = forge.token().split(".")
    return json.dumps({"protected": header, "payload": payload, "signature": signature})


def _payload(name: str, source: str, edit: Callable[[bytes], bytes]) -> Vector:
    """A payload of other bytes, signed."""
    return Vector(
        f"payload {name}",
        source,
        lambda forge: forge.raw(payload=edit(json.dumps(forge.payload()).encode())),
        TokenMalformed,
    )


def _header(name: str, source: str, edit: Callable[[bytes], bytes]) -> Vector:
    """A header of other bytes, signed."""
    return Vector(
        f"header {name}",
        source,
        lambda forge: forge.raw(header=edit(json.dumps(ED.header()).encode())),
        TokenMalformed,
    )


def _also(member: str) -> Callable[[bytes], bytes]:
    return lambda data: data[:-1] + f", {member}}}".encode()


_OTHER = '"018f0000-0000-7000-8000-0000000000ff"'
_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "with a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "in UTF-16": lambda data: data.decode().encode("utf-16"),
    "in UTF-32": lambda data: data.decode().encode("utf-32"),
    "with a byte that is not UTF-8": lambda data: data[:-1] + b', "x": "\xff"}',
    "with an overlong slash": lambda data: data[:-1] + b', "x": "\xc0\xaf"}',
    "with a surrogate in UTF-8": lambda data: data[:-1] + b', "x": "\xed\xa0\x80"}',
    "with a control character": lambda data: data[:-1] + b', "x": "\x00"}',
    "with NaN": _also('"x": NaN'),
    "with Infinity": _also('"x": -Infinity'),
    "with a comment": lambda data: data[:-1] + b"/**/}",
    "with a comma too many": lambda data: data[:-1] + b",}",
    "with something after it": lambda data: data + b"x",
    "with a NUL after it": lambda data: data + b"\x00",
    "with a number of 4,500 digits": lambda data: data[:-1] + b', "x": %s}' % (b"1" * 4500),
    "that is nested 1,500 deep": lambda data: (
        data[:-1] + b', "x": %s}' % (b"[" * 1500 + b"]" * 1500)
    ),
    "with objects nested 600 deep": lambda data: (
        data[:-1] + b', "x": %s}' % (b'{"a":' * 600 + b"1" + b"}" * 600)
    ),
}
_TWICE = {
    "alg": '"alg": "none"',
    "kid": '"kid": "ed-2"',
    "typ": '"typ": "JWT"',
    "alg, escaped": '"\\u0061lg": "EdDSA"',
    "a name inside": '"x": {"a": 1, "a": 2}',
}
_TWICE_CLAIMED = {
    "org_id": f'"org_id": {_OTHER}',
    "org_id, escaped": f'"\\u006frg_id": {_OTHER}',
    "exp": f'"exp": {NOW + 9}',
    "aud": '"aud": "billing"',
    "iss": '"iss": "https://evil.example.com/"',
    "roles": '"roles": ["admin"]',
    "a name inside": '"x": {"a": {"b": 1, "b": 1}}',
}

SHAPES: tuple[Vector, ...] = (
    text("one part", PARTS, TokenMalformed, lambda token: token.split(".")[0]),
    text("two parts", PARTS, TokenMalformed, lambda token: token.rpartition(".")[0]),
    text("four parts", PARTS, TokenMalformed, lambda token: f"{token}.AAAA"),
    text("a dot behind", PARTS, TokenMalformed, lambda token: f"{token}."),
    text("a dot before", PARTS, TokenMalformed, lambda token: f".{token}"),
    text(
        "five parts, as of a JWE",
        "RFC 7516, section 7.1",
        TokenMalformed,
        lambda token: f"{token}.AAAA.AAAA",
    ),
    *(
        text(f"part {place + 1} empty", PARTS, TokenMalformed, _part(place, lambda _: ""))
        for place in range(3)
    ),
    Vector("the JSON serialisation", PARTS, _json_form, TokenMalformed),
    *(
        text(
            f"{padding!r} {about}",
            BASE64,
            TokenMalformed,
            lambda token, put=put, padding=padding: put(token, padding),  # type: ignore[misc]
            at_endpoint=not (padding in " \t\r\n" and about != "within"),
        )
        for padding in (
            "=",
            "==",
            "===",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\x00",
            "\x0b",
            "\x85",
            "\u00a0",
            "%3D",
            ",",
        )
        for about, put in {
            "before": lambda token, padding: padding + token,
            "behind": lambda token, padding: token + padding,
            "within": lambda token, padding: token.replace(".", f"{padding}.", 1),
        }.items()
    ),
    *(
        text(
            f"{character!r} in part {place + 1}",
            BASE64,
            TokenMalformed,
            _part(place, lambda part, character=character: character + part[1:]),
        )  # type: ignore[misc]
        for character in ("+", "/", "~", "%", "\u0410", "\uff21")
        for place in range(3)
    ),
    text("an unused bit of the signature", BASE64, TokenMalformed, _part(2, _trailing_bit)),
    Vector("an unused bit of the payload, signed", BASE64, _signed_bits, TokenMalformed),
    Vector("padding of the header, signed", BASE64, _padded, TokenMalformed),
    *(
        vector
        for value in _NOT_A_VALUE
        for vector in (
            _payload(f"{value!r:.20}", ONE_JSON, lambda _, value=value: value.encode()),  # type: ignore[misc]
            _header(f"{value!r:.20}", ONE_JSON, lambda _, value=value: value.encode()),  # type: ignore[misc]
        )
        if value != "{}"
    ),
    *(
        vector
        for name, edit in _BYTES.items()
        for vector in (_payload(name, ONE_JSON, edit), _header(name, ONE_JSON, edit))
    ),
    *(_header(f"with {name} twice", ONE_JSON, _also(member)) for name, member in _TWICE.items()),
    *(
        _payload(f"with {name} twice", ONE_JSON, _also(member))
        for name, member in _TWICE_CLAIMED.items()
    ),
    _payload("too large", SIZE, _also(f'"x": "{"x" * MAX_TOKEN_BYTES}"')),
    _header("too large", SIZE, _also(f'"x": "{"x" * MAX_TOKEN_BYTES}"')),
    _payload("of 7 MB", SIZE, _also(f'"x": "{"x" * 7_000_000}"')),
    text("a signature of 8 KB", SIZE, TokenMalformed, lambda token: token + "A" * MAX_TOKEN_BYTES),
    text("8 KB of dots", SIZE, TokenMalformed, lambda _: "." * MAX_TOKEN_BYTES),
)
