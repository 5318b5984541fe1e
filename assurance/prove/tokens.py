"""Tokens that nobody issued for this: whoever bears one is told nothing."""

import base64
import hmac
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.prove.answers import VIEWER
from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel
from auth.scopes import Role

_PAST: Final = timedelta(hours=-1)


class Tokens:
    """A question with each token that has to be refused; the genuine one is the control."""

    name = "tokens"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """The attacker's token, changed in ways that take no key of the issuer's; and old ones."""
        for label, token in _refused(duel):

            async def run(token: str = token) -> Evidence:
                control = await duel.ask(VIEWER, {}, by=duel.attacker)
                # Twice: what the first answer made the service remember must not help.
                answers = [await duel.ask_as(token, VIEWER, {}) for _ in range(2)]
                taken = [one.body[:300] for one in answers if one.status != 401]
                text = "\n".join(one.text for one in answers)
                problems = (f"it is taken: {taken[0]!r}",) if taken else ()
                return Evidence(text, problems, proven=bool(control.data))

            yield Probe("tokens are refused", f"{VIEWER}, with {label}", run, writes=False)


def _refused(duel: Duel) -> Iterator[tuple[str, str]]:
    token, victims = duel.attacker.token, duel.victim.token
    head, body, signature = token.split(".")
    theirs = {**_decoded(body), "org_id": str(duel.victim.org_id)}
    yield (
        "the victim's organisation and the old signature",
        f"{head}.{_encoded(theirs)}.{signature}",
    )
    yield "the victim's claims and the old signature", f"{head}.{victims.split('.')[1]}.{signature}"
    yield "no signature", f"{head}.{_encoded(theirs)}."
    for name in ("none", "None", "NONE"):
        unsigned = _encoded({**_decoded(head), "alg": name})
        yield f"alg {name}", f"{unsigned}.{_encoded(theirs)}."
    own = Ed25519PrivateKey.generate()
    signed = f"{head}.{_encoded(theirs)}"
    yield "a key of the attacker's own", f"{signed}.{_text(own.sign(signed.encode()))}"
    signed = f"{_encoded({**_decoded(head), 'alg': 'HS256'})}.{_encoded(theirs)}"
    mac = hmac.digest(body.encode(), signed.encode(), "sha256")
    yield "a secret in place of a key", f"{signed}.{_text(mac)}"
    claims = {**theirs, "exp": int(time.time()) + 10**8}
    yield "a longer life and the old signature", f"{head}.{_encoded(claims)}.{signature}"
    for party in (duel.attacker, duel.victim):
        old = duel.service.issuer.issue(
            party.org_id, role=Role.admin, subject="old", lifetime=_PAST
        )
        yield f"an expired one of {party.name}", old


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _encoded(value: Any) -> str:
    return _text(orjson.dumps(value))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
