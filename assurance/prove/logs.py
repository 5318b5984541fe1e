"""What the service writes down: names, codes and counts, and nothing of any record."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel

_EVENT: Final = '"event":"request"'
_SHOWN: Final = 5
# By then the service has written what it held back, to write several lines at once.
_WRITTEN_SECONDS: Final = 0.3


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
            if '"unforeseen_error"' in text:
                line = next(each for each in text.splitlines() if "unforeseen_error" in each)
                problems.append(f"an unforeseen error: {line[:1000]}")
            return Evidence("", tuple(problems), proven=text.count(_EVENT) > 0)

        yield Probe("no canary of anybody is in the logs", "the service's log", run)
