"""What the bodies look like that are bound at birth, for PostgreSQL keeps no text of them.

It deparses what it has understood, each version in its own way: the digests are of that, spaces
aside. tests/assurance/doctor/test_bodies.py makes them anew for the versions that are installed.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

_SINCE_16: Final = {
    "palisade.enter(text)": "82ce9764b3749d2fa29bd15b271322d4e11325046182f33c4e1aa076e04df552",
    "palisade.find_certificate(text)": (
        "30876fd1b177d7805999063b3267bec172e55287a5e81bf0721488e504e6df65"
    ),
    "palisade.org_id()": "6e3aac77401d988eff2c853de84e504910ba8f8cf22ca5cf71bf959c3d6f7640",
    "palisade.org_id_for(text)": "58498bb7f2304e8c0c04c9ad8a3adb148019ef936a512aa5411a73c479980c8c",
    "palisade.org_state(uuid)": "f61a6b50ba2692212438acd343328e14e161b63520c5ae31d91f6f8286694871",
}

KNOWN_BODIES: Final[Mapping[int, Mapping[str, str]]] = {16: _SINCE_16, 18: _SINCE_16}


# Of all functions that PostgreSQL is made with, as `assurance/doctor/reading.py` takes it: they are
# the same in all minor versions of a major.
KNOWN_BUILT_INS: Final[Mapping[int, str]] = {
    16: "7cacbec8c384602a1223b7223f17b5e6",
    18: "951f9e1e698e8b0d15adb11510ecb590",
}


def digest_of(body: str) -> str:
    """The digest of a deparsed body."""
    return hashlib.sha256(" ".join(body.split()).encode()).hexdigest()


def is_known(name: str, body: str) -> bool:
    """Whether any version deparses the function like this: what it says is then the same."""
    return any(known.get(name) == digest_of(body) for known in KNOWN_BODIES.values())
