"""Accounts and contacts: unique per organisation, personal data, campaigns as a link."""

from typing import Any

from palisade.testing import Organisation

UPSERT_ACCOUNTS = """mutation ($input: UpsertAccountsInput!) {
  upsertAccounts(input: $input) { accounts { id name employees version } }
}"""
CREATE_CONTACTS = """mutation ($input: CreateContactsInput!) {
  createContacts(input: $input) { contacts { id initials } }
}"""
WHO = "{ contacts(orderBy: [{lastName: ASC}]) { nodes { initials email phone } } }"


def upsert(organisation: Organisation, *accounts: dict[str, Any]) -> list[dict[str, Any]]:
    """The accounts as they are then."""
    data = organisation.caller("editor").ask(UPSERT_ACCOUNTS, {"input": {"records": accounts}})
    found: list[dict[str, Any]] = data["upsertAccounts"]["accounts"]
    return found


def people(organisation: Organisation) -> list[str]:
    """The ids of Ada and Grace, who are made."""
    (account,) = upsert(organisation, {"name": "Engines"})
    records = [
        {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@x", "phone": "+44 20 7946"},
        {"firstName": "Grace", "lastName": "Hopper", "email": "grace@x"},
    ]
    for record in records:
        record["accountId"] = account["id"]
    data = organisation.caller("editor").ask(CREATE_CONTACTS, {"input": {"records": records}})
    made = data["createContacts"]["contacts"]
    assert [contact["initials"] for contact in made] == ["AL", "GH"]
    return [contact["id"] for contact in made]


def test_accounts_are_updated_by_name_or_made(organisation: Organisation) -> None:
    (first,) = upsert(organisation, {"name": "Acme", "employees": 10})
    again, new = upsert(organisation, {"name": "Acme", "employees": 12}, {"name": "Globex"})
    assert again == {**first, "employees": 12, "version": 2}
    assert new["id"] != first["id"]


def test_names_are_unique_within_an_organisation_only(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    create = """mutation { createAccount(input: {name: "Acme"}) { account { version } } }"""
    for each in (organisation, other_organisation):
        made = each.caller("editor").ask(create)
        assert made["createAccount"]["account"] == {"version": 1}
    refusal = organisation.caller("editor").refusal(create)
    assert (refusal.code, refusal.field) == ("CONFLICT", "input.name")


def test_personal_data_is_masked_below_its_level(organisation: Organisation) -> None:
    people(organisation)
    seen = organisation.caller("editor").ask(WHO)["contacts"]["nodes"]
    assert seen[1] == {"initials": "AL", "email": "ada@x", "phone": "+44 20 7946"}
    masked = organisation.caller("viewer").ask(WHO)["contacts"]["nodes"]
    assert masked == [
        {"initials": "GH", "email": "***", "phone": None},
        {"initials": "AL", "email": "***", "phone": "***"},
    ]


def test_masked_values_can_not_be_found_out_by_a_filter(organisation: Organisation) -> None:
    people(organisation)
    count = """{ contacts(where: {email: {startsWith: "a"}}) { totalCount } }"""
    assert organisation.caller("editor").ask(count)["contacts"] == {"totalCount": 1}
    assert organisation.caller("viewer").refusal(count).code == "FORBIDDEN"


def test_phone_has_the_code_of_its_country(organisation: Organisation) -> None:
    ada, _ = people(organisation)
    change = """mutation ($id: ID!, $phone: String!) {
      updateContact(input: {id: $id, version: 1, phone: $phone}) { contact { phone } }
    }"""
    editor = organisation.caller("editor")
    refusal = editor.refusal(change, {"id": ada, "phone": "020 7946"})
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "input.phone")
    changed = editor.ask(change, {"id": ada, "phone": "+44 1234"})
    assert changed["updateContact"]["contact"] == {"phone": "+44 1234"}


def test_campaign_links_contacts_in_both_directions(organisation: Organisation) -> None:
    ada, grace = people(organisation)
    editor = organisation.caller("editor")
    campaign = editor.ask(
        """mutation {
          createCampaign(input: {name: "Spring", channel: EMAIL}) { campaign { id } }
        }"""
    )["createCampaign"]["campaign"]
    join = """mutation ($input: CreateCampaignMembersInput!) {
      createCampaignMembers(input: $input) { campaignMembers { responded } }
    }"""
    members = [{"campaignId": campaign["id"], "contactId": contact} for contact in (ada, grace)]
    members[0]["responded"] = True
    editor.ask(join, {"input": {"records": members}})
    assert editor.refusal(join, {"input": {"records": members[:1]}}).code == "CONFLICT"
    found = editor.ask(
        """{
          campaigns {
            nodes {
              contacts(orderBy: [{lastName: ASC}]) { nodes { lastName } }
              members(where: {responded: {eq: true}}) { nodes { contact { lastName } } }
            }
          }
          contacts(where: {campaigns: {name: {eq: "Spring"}}}) {
            totalCount
            nodes { campaigns { nodes { name } } }
          }
        }"""
    )
    assert found["campaigns"]["nodes"] == [
        {
            "contacts": {"nodes": [{"lastName": "Hopper"}, {"lastName": "Lovelace"}]},
            "members": {"nodes": [{"contact": {"lastName": "Lovelace"}}]},
        }
    ]
    spring = {"campaigns": {"nodes": [{"name": "Spring"}]}}
    assert found["contacts"] == {"totalCount": 2, "nodes": [spring, spring]}
