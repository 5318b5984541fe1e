"""Faults of the database: what somebody did, and how it gives something away.

Written without a look at the tools that have to find them. A finder gets each of them committed
in a database of its own: `planting.planted_for_good` on what the fixture `copy` makes.
"""

from tests.holes.database.functions import FUNCTION_HOLES
from tests.holes.database.grants import GRANT_HOLES
from tests.holes.database.keys import KEY_HOLES
from tests.holes.database.policies import POLICY_HOLES
from tests.holes.database.relations import RELATION_HOLES
from tests.holes.database.settings import SETTING_HOLES
from tests.holes.outsider import INVENTED_HOLES

DATABASE_HOLES = (
    *RELATION_HOLES,
    *FUNCTION_HOLES,
    *POLICY_HOLES,
    *KEY_HOLES,
    *GRANT_HOLES,
    *SETTING_HOLES,
    *INVENTED_HOLES,
)
