from typing import Any

import pytest

from models.describe import Catalog
from tests.conftest import Ask, Org


@pytest.fixture
async def vendor(ask: Ask, org: Org) -> dict[str, Any]:
    answer = await ask(
        org,
        'mutation { createVendor(input: {name: "v", tier: LOW}) { vendor { id version } } }',
    )
    found: dict[str, Any] = answer["data"]["createVendor"]["vendor"]
    return found


INTEGRATION = 'name: "%s", authMethod: API_KEY, scopes: []'


async def test_mutations_run_in_order_and_see_what_was_written_before(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """mutation ($v: ID!) {
      a: createIntegration(input: {name: "one", authMethod: SAML, scopes: [], vendorId: $v}) {
        integration { name vendor { name integrations { totalCount } } }
      }
      b: updateVendor(input: {id: $v, version: 1, name: "renamed"}) {
        vendor { name version integrations { nodes { name } } }
      }
      c: createIntegration(input: {name: "two", authMethod: SAML, scopes: [], vendorId: $v}) {
        integration { vendor { name version integrations { totalCount } } }
      }
    }"""
    data = (await ask(org, query, {"v": vendor["id"]}))["data"]
    first = data["a"]["integration"]
    assert first == {"name": "one", "vendor": {"name": "v", "integrations": {"totalCount": 1}}}
    assert data["b"]["vendor"] == {
        "name": "renamed",
        "version": 2,
        "integrations": {"nodes": [{"name": "one"}]},
    }
    assert data["c"]["integration"]["vendor"] == {
        "name": "renamed",
        "version": 2,
        "integrations": {"totalCount": 2},
    }


async def test_a_failed_mutation_leaves_the_others_standing(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """mutation ($v: ID!) {
      a: updateVendor(input: {id: $v, version: 1, name: "first"}) { vendor { name } }
      b: updateVendor(input: {id: $v, version: 1, name: "second"}) { vendor { name } }
      c: updateVendor(input: {id: $v, version: 2, name: "third"}) { vendor { name } }
    }"""
    answer = await ask(org, query, {"v": vendor["id"]})
    assert answer["data"] == {
        "a": {"vendor": {"name": "first"}},
        "b": None,
        "c": {"vendor": {"name": "third"}},
    }
    (error,) = answer["errors"]
    assert error["path"] == ["b"]
    assert error["extensions"] == {
        "code": "STALE",
        "field": "input.version",
        "rule": "must be the version of the record as it is now",
    }


async def test_a_deleted_record_is_shown_as_it_was(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """mutation ($v: ID!) {
      deleteVendor(input: {id: $v}) { vendor { id name integrations { totalCount } } }
    }"""
    answer = await ask(org, query, {"v": vendor["id"]})
    shown = {"id": vendor["id"], "name": "v", "integrations": {"totalCount": 0}}
    assert answer == {"data": {"deleteVendor": {"vendor": shown}}}
    again = await ask(org, query, {"v": vendor["id"]})
    assert again["data"] == {"deleteVendor": None}
    assert again["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_a_deletion_of_another_version_is_stale(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """mutation ($v: ID!, $n: Int) {
      deleteVendor(input: {id: $v, version: $n}) { vendor { id } }
    }"""
    stale = await ask(org, query, {"v": vendor["id"], "n": 2})
    assert stale["errors"][0]["extensions"]["code"] == "STALE"
    assert "errors" not in await ask(org, query, {"v": vendor["id"], "n": 1})


async def test_what_is_absent_from_an_update_stays_and_null_empties(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """mutation ($input: UpdateVendorInput!) {
      updateVendor(input: $input) { vendor { name country riskScore } }
    }"""

    async def update(version: int, **fields: Any) -> Any:
        input_ = {"id": vendor["id"], "version": version, **fields}
        return (await ask(org, query, {"input": input_}))["data"]["updateVendor"]["vendor"]

    full = {"name": "v", "country": "CH", "riskScore": 7}
    assert await update(1, country="CH", riskScore=7) == full
    assert await update(2, country=None) == {**full, "country": None}


async def test_a_transition_is_allowed_from_its_sources_only(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    create = (
        "mutation ($v: ID!) { createIntegration(input: {%s, vendorId: $v}) "
        "{ integration { id status } } }" % (INTEGRATION % "i")
    )
    made = (await ask(org, create, {"v": vendor["id"]}))["data"]["createIntegration"]["integration"]
    assert made["status"] == "PROPOSED"

    async def take(name: str, version: int) -> Any:
        query = f"""mutation ($id: ID!, $n: Int!) {{
          {name}Integration(input: {{id: $id, version: $n}}) {{ integration {{ status version }} }}
        }}"""
        return await ask(org, query, {"id": made["id"], "n": version})

    refused = (await take("approve", 1))["errors"][0]["extensions"]
    assert (refused["code"], refused["field"]) == ("CONFLICT", "status")
    assert (await take("assess", 2))["errors"][0]["extensions"]["code"] == "STALE"
    taken = await take("assess", 1)
    assert taken["data"]["assessIntegration"]["integration"] == {"status": "ASSESSED", "version": 2}
    assert "errors" not in await take("approve", 2)


@pytest.mark.parametrize(
    ("fields", "code", "field", "rule"),
    [
        (
            {"vendorId": "nonsense"},
            "BAD_USER_INPUT",
            "input.vendorId",
            "must be the id of a record that is there",
        ),
        (
            {"name": "taken"},
            "CONFLICT",
            "input.name",
            "must be unique: another record has this value already.",
        ),
        ({"baseUrl": "ftp://x"}, "BAD_USER_INPUT", "input.baseUrl", "must match https?://.+"),
        (
            {"scopes": ["a"] * 101},
            "BAD_USER_INPUT",
            "input.scopes",
            "must not have more than 100 entries",
        ),
    ],
)
async def test_a_refused_write_names_field_and_rule_and_writes_nothing(
    ask: Ask,
    org: Org,
    catalog: Catalog,
    vendor: dict[str, Any],
    fields: dict[str, Any],
    code: str,
    field: str,
    rule: str,
) -> None:
    query = """mutation ($input: CreateIntegrationInput!) {
      createIntegration(input: $input) { integration { id } }
    }"""
    good = {"name": "taken", "authMethod": "SAML", "scopes": [], "vendorId": vendor["id"]}
    assert "errors" not in await ask(org, query, {"input": good})
    audit = org.repositories.of(catalog.tables["AuditEvent"])
    before = await audit.count()
    answer = await ask(org, query, {"input": {**good, "name": "new", **fields}})
    assert answer["errors"][0]["extensions"] == {"code": code, "field": field, "rule": rule}
    assert answer["errors"][0]["message"] == f"{field}: {rule}"
    assert await audit.count() == before


async def test_a_referenced_record_is_not_deleted(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    create = (
        "mutation ($v: ID!) { createIntegration(input: {%s, vendorId: $v}) { integration { id } } }"
    )
    await ask(org, create % (INTEGRATION % "i"), {"v": vendor["id"]})
    query = "mutation ($v: ID!) { deleteVendor(input: {id: $v}) { vendor { id } } }"
    answer = await ask(org, query, {"v": vendor["id"]})
    assert answer["errors"][0]["extensions"] == {
        "code": "CONFLICT",
        "field": "input.id",
        "rule": "must not be referred to by a Integration",
    }


async def test_a_write_is_in_the_audit_trail_with_its_fields_and_no_values(
    ask: Ask, org: Org, vendor: dict[str, Any]
) -> None:
    query = """query ($id: String) {
      auditEvents(where: {recordId: {eq: $id}}) { nodes { actor action recordType fields requestId } }
    }"""
    (event,) = (await ask(org, query, {"id": vendor["id"]}))["data"]["auditEvents"]["nodes"]
    assert len(event.pop("requestId")) == 32
    assert event == {
        "actor": f"admin@{org.slug}",
        "action": "CREATE",
        "recordType": "Vendor",
        "fields": ["name", "tier"],
    }
