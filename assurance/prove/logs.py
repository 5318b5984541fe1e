"""What the service writes down: names, codes and counts, and nothing of any record."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel

_EVENT: Final = '"event":"request"'
_SHOWN: Final = 5
# By then the service has written what it held back, to write several lines at once.
_WRITTEN_SECONDS: Final = 0.3
_SECRETS: Final = {
    "a token": re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    "a signed context": re.compile(r"\b\w{1,64}\|[0-9a-f-]{36}\|\d+\|[0-9a-f]{64}"),
}


def secrets_in(text: str) -> list[str]:
    """What would let its reader act as somebody: tokens, signed contexts."""
    return [
        f"{kind}: {found.group()[:40]}…"
        for kind, pattern in _SECRETS.items()
        if (found := pattern.search(text))
    ]


class Logs:
    """Every line that the service wrote since the duel began, at the level DEBUG."""

    name = "logs"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """No value of anybody's may be there; a line for each request is the control."""

        async def run() -> Evidence:
            await asyncio.sleep(_WRITTEN_SECONDS)
            text = duel.service.logs()
            problems = [
                str(one) for canaries in duel.anyones() for one in canaries.found_in(text)[:_SHOWN]
            ]
            problems += secrets_in(text)
            if '"unforeseen_error"' in text:
                line = next(each for each in text.splitlines() if "unforeseen_error" in each)
                problems.append(f"an unforeseen error: {line[:1000]}")
            return Evidence("", tuple(problems), proven=text.count(_EVENT) > 0)

        yield Probe("no canary of anybody is in the logs", "the service's log", run)
