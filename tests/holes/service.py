"""Faults of the running service, planted in this process.

Walls stand behind each other, so many a fault alone gives nothing away: where a plant takes two
of them down, its story says so. Written without a look at the tools that have to find them: a
finder gets each of them served by `Staging.planted`.
"""

from tests.holes.serving.caches import CACHE_HOLES
from tests.holes.serving.identity import IDENTITY_HOLES
from tests.holes.serving.leaks import LEAK_HOLES
from tests.holes.serving.oracles import ORACLE_HOLES
from tests.holes.serving.own import OWN_HOLES
from tests.holes.serving.predicates import PREDICATE_HOLES
from tests.holes.serving.transfer import TRANSFER_HOLES
from tests.holes.serving.writing import WRITE_HOLES

SERVICE_HOLES = (
    *CACHE_HOLES,
    *IDENTITY_HOLES,
    *OWN_HOLES,
    *PREDICATE_HOLES,
    *WRITE_HOLES,
    *TRANSFER_HOLES,
    *ORACLE_HOLES,
    *LEAK_HOLES,
)
