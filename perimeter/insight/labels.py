"""What people call a record, by columns that every reader of its type may see."""

from collections.abc import Mapping
from typing import Final

from repository.reader import Row

LONGEST_LABEL: Final = 500

# The first of the columns that has a value is the label.
LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Assessment": ("status",),
    "Attestation": ("kind",),
    "Contract": ("title",),
    "Credential": ("kind",),
    "DataFlow": ("purpose",),
    "Dataset": ("name",),
    "Grant": ("scope",),
    "Integration": ("name",),
    "PenetrationFinding": ("cvss",),
    "SaasApplication": ("name",),
    "User": ("name",),
    "Vendor": ("name",),
}

_PREFIX: Final[Mapping[str, str]] = {
    "Assessment": "Assessment, ",
    "PenetrationFinding": "CVSS ",
}


def label_of(row: Row) -> str:
    """What people call the record; its type and id where it has nothing to be called by."""
    type_name = row["__typename"]
    for column in LABELS[type_name]:
        if row[column] is not None:
            return f"{_PREFIX.get(type_name, '')}{row[column]}"[:LONGEST_LABEL]
    return f"{type_name} {row['id']}"
