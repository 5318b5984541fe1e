"""The life of each type: where a record begins, which moves lead on, and which need a reason."""

from collections.abc import Iterator

import pytest

from models.columns import ColumnExposure, Transition
from models.describe import Catalog, Column, Table

ALL_BUT_RETIRED = "PROPOSED ASSESSED APPROVED ACTIVE SUSPENDED QUARANTINED"

# By type: where it begins, then each move as "sources > target", with "!" where it needs a reason.
LIVES = {
    "User": (
        "INVITED",
        {"activate": "INVITED SUSPENDED > ACTIVE", "suspend": "INVITED ACTIVE > SUSPENDED!"},
    ),
    "SaasApplication": (
        "UNSANCTIONED",
        {
            "sanction": "TOLERATED UNSANCTIONED > SANCTIONED",
            "tolerate": "SANCTIONED UNSANCTIONED > TOLERATED",
            "unsanction": "SANCTIONED TOLERATED > UNSANCTIONED!",
        },
    ),
    "Integration": (
        "PROPOSED",
        {
            "assess": "PROPOSED > ASSESSED",
            "approve": "ASSESSED > APPROVED",
            "activate": "APPROVED SUSPENDED > ACTIVE",
            "suspend": "ACTIVE > SUSPENDED!",
            "quarantine": "ACTIVE SUSPENDED > QUARANTINED!",
            "release": "QUARANTINED > SUSPENDED!",
            "retire": f"{ALL_BUT_RETIRED} > RETIRED!",
        },
    ),
    "Credential": (
        "PENDING",
        {
            "activate": "PENDING > ACTIVE",
            "retire": "ACTIVE > RETIRING",
            "revoke": "PENDING ACTIVE RETIRING > REVOKED!",
        },
    ),
    "Grant": ("ACTIVE", {"revoke": "ACTIVE > REVOKED!"}),
    "DataFlow": (
        "DECLARED",
        {
            "observe": "DECLARED > OBSERVED",
            "diverge": "DECLARED OBSERVED > DIVERGENT!",
            "declare": "OBSERVED DIVERGENT > DECLARED",
        },
    ),
    "Assessment": (
        "DRAFT",
        {
            "submit": "DRAFT > SUBMITTED",
            "approve": "SUBMITTED > APPROVED",
            "reject": "SUBMITTED > REJECTED!",
            "reopen": "REJECTED APPROVED > DRAFT!",
        },
    ),
    "Contract": (
        "DRAFT",
        {
            "activate": "DRAFT > ACTIVE",
            "expire": "ACTIVE > EXPIRED",
            "terminate": "ACTIVE > TERMINATED!",
        },
    ),
    "PenetrationFinding": (
        "OPEN",
        {"fix": "OPEN > FIXED", "accept": "OPEN > ACCEPTED!", "reopen": "FIXED > OPEN"},
    ),
    "Finding": (
        "OPEN",
        {
            "acknowledge": "OPEN > ACKNOWLEDGED",
            "resolve": "OPEN ACKNOWLEDGED > RESOLVED",
            "accept": "OPEN ACKNOWLEDGED > ACCEPTED!",
            "reopen": "RESOLVED ACCEPTED > OPEN",
        },
    ),
}

GUARDED = {
    ("Integration", "activate"): [
        "must have an assessment that was approved and is still valid",
        "must not be of an application that is unsanctioned",
    ],
    ("Assessment", "approve"): [
        "must have an outcome that is no BLOCKER",
        "must have a date until which it is valid",
    ],
}


def lives(catalog: Catalog) -> Iterator[tuple[Table, Column]]:
    for table in catalog.tables.values():
        for column in table.columns:
            if column.transitions:
                yield table, column


def written(move: Transition) -> str:
    return f"{' '.join(move.sources)} > {move.target}{'!' if move.needs_reason else ''}"


def test_every_life_is_told_here(catalog: Catalog) -> None:
    assert sorted(table.type for table, _ in lives(catalog)) == sorted(LIVES)


@pytest.mark.parametrize("type_name", LIVES)
def test_life_begins_and_goes_on_as_told(catalog: Catalog, type_name: str) -> None:
    table = catalog.tables[type_name]
    (column,) = [column for column in table.columns if column.transitions]
    begin, moves = LIVES[type_name]
    assert table.core.c[column.name].server_default.arg == begin
    assert {name: written(move) for name, move in column.transitions.items()} == moves


@pytest.mark.parametrize("type_name", LIVES)
def test_every_state_can_be_reached(catalog: Catalog, type_name: str) -> None:
    (column,) = [one for one in catalog.tables[type_name].columns if one.transitions]
    assert column.choices
    reached = {LIVES[type_name][0]}
    for _ in column.choices:
        reached |= {
            move.target for move in column.transitions.values() if reached & set(move.sources)
        }
    assert reached == {choice.value for choice in column.choices}


def test_states_are_changed_by_moves_alone(catalog: Catalog) -> None:
    assert {column.exposure for _, column in lives(catalog)} == {ColumnExposure.READ_ONLY}


def test_moves_are_described(catalog: Catalog) -> None:
    for table, column in lives(catalog):
        for name, move in column.transitions.items():
            assert move.description.endswith("."), (table.type, name)


def test_guards_are_the_ones_told(catalog: Catalog) -> None:
    guarded = {
        (table.type, name): [guard.rule for guard in move.guards]
        for table, column in lives(catalog)
        for name, move in column.transitions.items()
        if move.guards
    }
    assert guarded == GUARDED
    assert [guard.rule for guard in catalog.tables["Grant"].guards] == [
        "must not be given while a critical penetration finding of the vendor is overdue",
        "must not open personal data without an agreement on data processing",
    ]
