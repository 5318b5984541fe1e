"""Claims become decisions: what a role may do with each type and each column."""

from collections.abc import Callable, Iterable
from uuid import uuid4

import pytest

from auth.claims import Claims
from auth.organization import mint_org_id
from auth.scopes import OPERATOR, ORG_ADMIN, Role, role_scopes
from models.classification import Level
from models.describe import Catalog
from perimeter import access as perimeter
from perimeter.access import AccessRules
from resolvers.access import NO_ACCESS, Access, Decision
from resolvers.errors import Forbidden

Decide = Callable[[Iterable[str]], Access]


def _claims(scopes: Iterable[str]) -> Claims:
    scopes = frozenset(scopes)
    return Claims(
        subject="somebody",
        issuer="tests",
        client_id=None,
        org_id=None if OPERATOR in scopes else mint_org_id(uuid4()),
        scopes=scopes,
        token_id=None,
        issued_at=None,
        expires_at=2**40,
    )


@pytest.fixture
def rules(catalog: Catalog) -> AccessRules:
    return AccessRules(catalog)


@pytest.fixture
def decide(rules: AccessRules) -> Decide:
    return lambda scopes: rules.access_of(_claims(scopes))


@pytest.fixture
def of_role(decide: Decide, catalog: Catalog) -> Callable[[Role], Access]:
    types = [table.type for table in catalog.exposed]
    return lambda role: decide(role_scopes(role, types))


@pytest.mark.parametrize(
    ("role", "clearance"),
    [
        (Role.viewer, Level.INTERNAL),
        (Role.editor, Level.CONFIDENTIAL),
        (Role.admin, Level.RESTRICTED),
    ],
)
def test_a_role_reads_up_to_its_clearance(
    catalog: Catalog, of_role: Callable[[Role], Access], role: Role, clearance: Level
) -> None:
    access = of_role(role)
    assert set(access.columns) == {table.type for table in catalog.exposed}
    levels = set()
    for table in catalog.exposed:
        for column in table.columns:
            decision = access.columns[table.type][column.name]
            above = Decision.MASK if column.maskable else Decision.REFUSE
            assert decision is (Decision.READ if column.level <= clearance else above), column
            levels.add((column.level, decision))
    assert {level for level, _ in levels} == set(Level)


def test_examples_of_each_decision(of_role: Callable[[Role], Access]) -> None:
    viewer, editor, admin = (of_role(role).columns for role in Role)
    assert viewer["User"]["name"] is Decision.READ
    assert viewer["User"]["email"] is Decision.MASK
    assert viewer["User"]["last_seen_at"] is Decision.REFUSE
    assert editor["User"]["email"] is Decision.READ
    assert editor["Credential"]["thumbprint"] is Decision.MASK
    assert editor["AuditEvent"]["actor"] is Decision.REFUSE
    assert admin["AuditEvent"]["actor"] is Decision.READ


def test_roles_write(catalog: Catalog, of_role: Callable[[Role], Access]) -> None:
    types = {table.type for table in catalog.exposed}
    assert of_role(Role.viewer).writable == frozenset()
    administered = {"Organization", "User", "Group", "Membership"}
    assert {table.type for table in catalog.exposed if table.administered} == administered
    assert of_role(Role.editor).writable == types - administered
    assert of_role(Role.admin).writable == types


def test_writing_needs_both_scopes_of_the_type(decide: Decide, catalog: Catalog) -> None:
    vendor = catalog.tables["Vendor"]
    both = decide(["vendor:read", "vendor:write"])
    both.check_write(vendor, "createVendor")
    assert both.columns["Vendor"]["security_contact"] is Decision.READ
    for scopes, missing in (
        (["vendor:read"], "vendor:write"),
        (["vendor:write"], "vendor:read"),
        (["vendor:read", "user:write"], "vendor:write"),
        (["vendor:read", ORG_ADMIN], "vendor:write"),
    ):
        with pytest.raises(Forbidden) as caught:
            decide(scopes).check_write(vendor, "createVendor")
        assert caught.value.rule == f"needs the scope {missing}"


def test_a_scope_opens_one_type_only(decide: Decide) -> None:
    access = decide(["vendor:read", "vendor:write", "nothing:read", "Vendor:read"])
    assert set(access.columns) == {"Vendor"}
    assert access.writable == {"Vendor"}


def test_the_clearance_of_one_type_is_not_that_of_another(decide: Decide) -> None:
    access = decide(["vendor:read", "vendor:write", "user:read"])
    assert access.columns["Vendor"]["security_contact"] is Decision.READ
    assert access.columns["User"]["email"] is Decision.MASK


def test_the_organisation_is_changed_by_its_administrator_only(
    decide: Decide, catalog: Catalog
) -> None:
    organization = catalog.tables["Organization"]
    scopes = ["organization:read", "organization:write"]
    with pytest.raises(Forbidden):
        decide(scopes).check_write(organization, "updateOrganization")
    decide([*scopes, ORG_ADMIN]).check_write(organization, "updateOrganization")


def test_hidden_types_are_opened_by_no_scope(decide: Decide, catalog: Catalog) -> None:
    hidden = [table for table in catalog.tables.values() if not table.exposure.read]
    assert hidden
    for table in hidden:
        access = decide([table.read_scope, table.write_scope, ORG_ADMIN])
        assert access == Access({}, frozenset())


def test_an_operator_has_access_to_nothing(decide: Decide) -> None:
    assert decide([OPERATOR, "vendor:read", "vendor:write", ORG_ADMIN]) is NO_ACCESS


def test_decisions_are_kept_by_their_scopes(decide: Decide) -> None:
    first = decide(["vendor:read"])
    assert decide(["vendor:read"]) is first
    assert decide(["vendor:read", "user:read"]) is not first


def test_decisions_kept_are_bounded_and_the_oldest_go_first(
    rules: AccessRules, decide: Decide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perimeter, "_KEPT", 3)
    first, second = decide(["vendor:read"]), decide(["user:read"])
    assert decide(["vendor:read"]) is first
    for number in range(2):
        decide([f"s{number}"])
    assert len(rules._decided) == 3
    assert decide(["vendor:read"]) is first
    assert decide(["user:read"]) is not second
    assert decide(["user:read"]) == second


@pytest.mark.parametrize("decision", list(Decision))
def test_checks_follow_the_decision(catalog: Catalog, decision: Decision) -> None:
    vendor = catalog.tables["Vendor"]
    column = vendor.by_name["name"]
    access = Access({"Vendor": {"name": decision}}, frozenset())
    assert access.masks(vendor, column) == (decision is Decision.MASK)
    for check, allowed in (
        (access.check_shown, {Decision.READ, Decision.MASK}),
        (access.check_read, {Decision.READ}),
    ):
        if decision in allowed:
            check(vendor, column, "place")
        else:
            with pytest.raises(Forbidden, match="above the clearance"):
                check(vendor, column, "place")
