"""Everything in the database that may do more than an organisation's own request.

The list is complete: what is in the database and not on it is an ERROR. docs/isolation.md tells
of each entry who calls it and how it is attacked; a test holds the two equal.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Privileged:
    """An entry. ``kind``: role, table, or function, of which ``definer`` run as their owner."""

    kind: str
    name: str
    definer: bool = False


PRIVILEGED: Final = (
    Privileged("role", "palisade_owner"),
    Privileged("role", "palisade_app"),
    Privileged("role", "palisade_worker"),
    Privileged("function", "palisade.org_id", definer=True),
    Privileged("function", "palisade.org_id_for", definer=True),
    Privileged("function", "palisade.refuse_change"),
    Privileged("function", "palisade.refuse"),
    Privileged("function", "palisade.refuse_search"),
    Privileged("function", "palisade.enter", definer=True),
    Privileged("function", "palisade.find_org", definer=True),
    Privileged("function", "palisade.register_org", definer=True),
    Privileged("function", "palisade.org_state", definer=True),
    Privileged("function", "palisade.set_org_state", definer=True),
    Privileged("function", "palisade.record_erased", definer=True),
    Privileged("function", "palisade.forget_org", definer=True),
    Privileged("function", "palisade.keep_certificate", definer=True),
    Privileged("function", "palisade.find_certificate", definer=True),
    Privileged("function", "palisade.list_orgs", definer=True),
    Privileged("table", "palisade.directory_entry"),
    Privileged("table", "palisade.organisation_state"),
    Privileged("table", "palisade.erasure"),
    Privileged("table", "palisade.context_key"),
)
