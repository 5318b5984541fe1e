"""What came of each planted fault of the service when `palisade prove` was let loose.

The faults were written without a look at the tool, and the tool without a look at the faults. Of
each stands here in which entrance and by which rule it is found, and whether that was so when they
first met. `test_found_by_prove` holds it against what it sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Found:
    """The entrance and the rule by which a fault is found first.

    ``at_first``: whether it was before anything was added to the tool. Where nothing finds it,
    ``by`` is "" and ``because`` says why.
    """

    entrance: str
    by: str
    at_first: bool = True
    because: str = ""


_CANARY: Final = "no canary of another organisation"
_FREE: Final = "another organisation's values are free"
_LOGS: Final = "no canary of anybody is in the logs"
_ALIKE: Final = "foreign, random and undecodable ids are answered byte for byte alike"

SERVICE_RESULTS: Final[Mapping[str, Found]] = {
    "loaders-of-the-process": Found("ids", _CANARY),
    "rows-kept-by-id": Found("ids", _CANARY),
    "answers-kept-by-document": Found("lists", _CANARY),
    "last-answer-on-error": Found("lists", "answers have the form of what was asked", False),
    "arguments-kept-by-statement": Found("lists", _CANARY),
    "tokens-kept-by-prefix": Found("lists", _CANARY),
    "context-kept-by-key": Found("rows", "organisations are made and filled", False),
    "computed-field-remembers": Found("lists", _CANARY),
    "totals-kept-by-type": Found("interference", "lists are of own records", False),
    "answers-public-to-proxies": Found("requests", _CANARY, False),
    "org-from-a-header": Found("requests", _CANARY),
    "org-from-a-variable": Found("requests", _CANARY),
    "signature-not-checked": Found("tokens", "tokens are refused", False),
    "expiry-not-checked": Found("tokens", "tokens are refused", False),
    "viewer-of-the-first": Found("lists", _CANARY),
    "resolver-takes-an-org": Found("own resolvers", _CANARY),
    "resolver-with-raw-sql": Found("own resolvers", _CANARY, False),
    "resolver-lists-organisations": Found("own resolvers", _CANARY),
    "resolver-compares-organisations": Found("own resolvers", _CANARY),
    "get-without-predicate": Found("ids", _CANARY),
    "figures-without-predicate": Found("lists", "aggregates are of own records"),
    "groups-without-predicate": Found("lists", "groups are of own records"),
    "total-without-predicate": Found("lists", "lists are of own records"),
    "cursor-shows-a-neighbour": Found("lists", _CANARY),
    "update-without-predicate": Found("mutations", _ALIKE),
    "transition-without-predicate": Found("mutations", _ALIKE, False),
    "delete-without-predicate": Found("mutations", _ALIKE),
    "bulk-update-without-predicate": Found("mutations", _ALIKE),
    "upsert-finds-foreign-records": Found("values taken", _FREE, False),
    "export-of-another": Found("exports", _CANARY, False),
    "import-believes-its-file": Found(
        "imports", "import of a folder that names another organisation", False
    ),
    "foreign-id-by-code": Found("ids", _ALIKE),
    "foreign-id-names-its-owner": Found("ids", _CANARY),
    "foreign-id-by-status": Found("ids", _ALIKE),
    "foreign-id-by-header": Found("ids", _ALIKE),
    "foreign-id-by-length": Found("ids", _ALIKE),
    "foreign-id-by-extension": Found("ids", _ALIKE),
    "foreign-id-by-time": Found("timing", "a foreign id takes as long as a missing one", False),
    "undecodable-id-refused": Found("ids", _ALIKE),
    "foreign-record-is-stale": Found("mutations", _ALIKE),
    "name-taken-elsewhere": Found("values taken", _FREE, False),
    "reference-to-a-foreign-record": Found("references", _ALIKE),
    "rows-in-the-log": Found("logs", _LOGS),
    "variables-in-the-log": Found("logs", _LOGS),
    "tokens-in-the-log": Found("logs", _LOGS),
    "refused-values-in-the-log": Found("logs", _LOGS),
    "statements-in-extensions": Found("lists", _CANARY),
    "header-of-the-last-caller": Found("lists", _CANARY),
    "debug-page": Found("paths", _CANARY),
    "metrics-with-values": Found("paths", _CANARY, False),
}
