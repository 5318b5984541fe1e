"""For each claim of the schema that something is ENFORCED: the tests that try to get past it.

`tests/schema/test_enforcement.py` holds this list to the schema, and a run of all tests fails
where one of them did not run and pass.
"""

from typing import Final

PROOFS: Final = {
    "Grant": (
        "tests/perimeter/test_lifecycles.py::test_no_grant_while_a_critical_finding_is_overdue",
        "tests/perimeter/test_lifecycles.py::test_no_grant_of_personal_data_without_an_agreement",
    ),
    "Mutation.eraseOrganization": (
        "tests/isolation/test_lifecycle.py::test_erase_leaves_nothing_and_the_neighbour_as_it_was",
    ),
    "Mutation.freezeOrganization": (
        "tests/isolation/test_lifecycle.py::"
        "test_raw_statements_of_the_application_role_are_refused",
        "tests/repository/test_lifecycle.py::"
        "test_a_frozen_organisation_can_be_read_and_not_changed_until_it_is_thawed",
    ),
    "Mutation.activateIntegration": (
        "tests/perimeter/test_lifecycles.py::"
        "test_activate_needs_an_assessment_that_is_approved_and_valid",
        "tests/perimeter/test_lifecycles.py::test_activate_refuses_an_unsanctioned_application",
    ),
    "Organization": (
        "tests/isolation/test_attacks.py::test_no_attack_reaches_the_other_organisation",
    ),
}


def unproven(passed: set[str]) -> list[str]:
    """The claims of which a proof is not among the tests that passed; ids without parameters."""
    return sorted(
        f"{claim}: {proof}"
        for claim, proofs in PROOFS.items()
        for proof in proofs
        if proof not in passed
    )
