from collections.abc import Callable

import pytest

from auth.directory import DirectoryKind
from auth.errors import (
    ClaimMissing,
    OperatorConfined,
    OrganizationUnknown,
    TokenMalformed,
    Unauthenticated,
)
from auth.scopes import OPERATOR

ISSUER = "https://login.example.com/"


def without(payload: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in payload.items() if name not in names}


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace("-", ""),
        lambda text: f"{{{text}}}",
        lambda text: f"urn:uuid:{text}",
        lambda text: text[:-1] + "c",
        lambda text: "acme",
    ],
)
async def test_verify_knows_an_organisation_by_its_canonical_id(
    verifier, directory, ed, payload, org, change: Callable[[str], str]
) -> None:
    changed = change(str(org))
    directory.entries[DirectoryKind.slug, changed] = org
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(ed.sign({**payload, "org_id": changed}))
    assert set(directory.asked) <= {(DirectoryKind.id, str(org)[:-1] + "c")}


@pytest.mark.parametrize("value", [None, 1, True, [], ["a"], {}, ""], ids=repr)
async def test_verify_refuses_an_organisation_that_is_no_text(
    verifier, ed, payload, value: object
) -> None:
    for scope in ("integration:read", OPERATOR):
        with pytest.raises(TokenMalformed):
            await verifier.verify(ed.sign({**payload, "org_id": value, "scope": scope}))


async def test_verify_refuses_a_directory_that_answers_another_organisation(
    verifier, directory, ed, payload, org, other_org
) -> None:
    directory.entries[DirectoryKind.id, str(org)] = other_org
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(ed.sign(payload))


async def test_verify_follows_the_path_to_the_organisation(make_verifier, ed, payload, org) -> None:
    verifier = make_verifier(org_claim=("https://example.com/org", "id"))
    nested = {**without(payload, "org_id"), "https://example.com/org": {"id": str(org)}}
    assert (await verifier.verify(ed.sign(nested))).org_id.value == org
    with pytest.raises(ClaimMissing):
        await verifier.verify(ed.sign(payload))
    with pytest.raises(TokenMalformed):
        await verifier.verify(ed.sign({**payload, "https://example.com/org": str(org)}))


async def test_verify_translates_external_ids_of_its_own_issuer(
    make_verifier, directory, ed, payload, org
) -> None:
    verifier = make_verifier(org_ids="external")
    claims = await verifier.verify(ed.sign({**payload, "org_id": "Acme GmbH"}))
    assert claims.org_id.value == org
    assert directory.asked == [(DirectoryKind.external, f"{ISSUER} Acme GmbH")]
    for foreign in ("acme gmbh", "Acme", str(org)):
        with pytest.raises(OrganizationUnknown):
            await verifier.verify(ed.sign({**payload, "org_id": foreign}))


async def test_verify_does_not_take_external_ids_for_internal_ones(verifier, ed, payload) -> None:
    with pytest.raises(OrganizationUnknown):
        await verifier.verify(ed.sign({**payload, "org_id": "Acme GmbH"}))


async def test_verify_asks_the_directory_only_about_signed_tokens(
    verifier, directory, ed, ed_other, payload
) -> None:
    for token in (
        ed_other.sign(payload, kid=ed.kid),
        ed.sign({**payload, "aud": "other"}),
        ed.sign({**payload, "exp": 1}),
    ):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token)
    assert directory.asked == []


async def test_verify_spells_out_known_roles(verifier, ed, payload) -> None:
    claims = await verifier.verify(ed.sign({**payload, "roles": ["viewer", "Admin", "owner"]}))
    assert claims.scopes == {"integration:read", "saasApplication:read"}


async def test_verify_reads_roles_and_scopes_from_their_paths(make_verifier, ed, payload) -> None:
    verifier = make_verifier(roles_claim=("access", "roles"), scope_claim=("access", "scope"))
    access = {"roles": ["viewer"], "scope": "org:admin"}
    decoys = {"roles": ["admin"], "scope": "integration:write"}
    claims = await verifier.verify(ed.sign({**payload, **decoys, "access": access}))
    assert claims.scopes == {"integration:read", "saasApplication:read", "org:admin"}


async def test_verify_lets_only_operators_go_without_organisation(verifier, ed, payload) -> None:
    bare = without(payload, "org_id")
    claims = await verifier.verify(ed.sign({**bare, "scope": OPERATOR}))
    assert claims.org_id is None
    for decoy in ({"scope": "org:admin"}, {"roles": ["admin"]}, {"roles": [OPERATOR]}):
        with pytest.raises(ClaimMissing):
            await verifier.verify(ed.sign({**bare, **decoy}))


async def test_verify_confines_operators_to_no_organisation(verifier, ed, payload) -> None:
    with pytest.raises(OperatorConfined):
        await verifier.verify(ed.sign({**payload, "scope": f"integration:read {OPERATOR}"}))
