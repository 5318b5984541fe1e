"""Records that the service derives by itself, in every organisation from its start.

A dataset stands for each model, with a field for each column. Those of an export are what its
flows, grants and fields refer to, so that those of the new organisation give way to them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.conditions import Operator
from models.describe import Table
from repository.criteria import Compare
from repository.loading import Loading
from repository.order import complete_order
from repository.statements import PageRequest

_DERIVED: Final = "Dataset"
_FIRST_VERSION: Final = 1


async def make_room(loading: Loading, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Deletes the derived records, with their fields, that the rows take the places of.

    Not those that somebody has changed or that something refers to: the row is a duplicate then.
    """
    if table.type != _DERIVED:
        return
    models = sorted({row["model"] for row in rows if row["model"] is not None})
    if not models:
        return
    where = Compare(table.by_name["model"], Operator.IN, models)
    request = PageRequest(complete_order(table, ()), len(models), where)
    for found in (await loading.repositories.of(table).page(request)).rows:
        if found["version"] == _FIRST_VERSION:
            await loading.delete(table, found)
