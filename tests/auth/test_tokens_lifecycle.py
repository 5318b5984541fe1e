"""Tokens of organisations that are frozen, restored or deleted."""

import pytest

from auth.errors import OrganizationFrozen, OrganizationUnknown, Unauthenticated
from auth.scopes import OPERATOR
from models.organization import OrganizationStatus

CLOSED = [OrganizationStatus.FROZEN, OrganizationStatus.RESTORING]


@pytest.mark.parametrize("status", CLOSED)
async def test_verify_refuses_integrations_of_a_frozen_organisation_and_no_people(
    verifier, directory, ed, payload, org, other_org, status: OrganizationStatus
) -> None:
    person = ed.sign(payload)
    machine = ed.sign({**payload, "sub": payload["client_id"]})
    neighbour = ed.sign({**payload, "sub": payload["client_id"], "org_id": str(other_org)})
    directory.statuses[org] = status
    with pytest.raises(OrganizationFrozen) as caught:
        await verifier.verify(machine)
    assert not isinstance(caught.value, Unauthenticated), "a new token would fare no better"
    assert caught.value.reason == "organization_frozen"
    assert (await verifier.verify(person)).subject == "ada"
    assert (await verifier.verify(neighbour)).subject == "crm-sync"
    directory.statuses[org] = OrganizationStatus.ACTIVE
    assert (await verifier.verify(machine)).subject == "crm-sync"


async def test_verify_takes_a_token_without_client_for_a_person_s(
    verifier, directory, ed, payload, org
) -> None:
    directory.statuses[org] = OrganizationStatus.FROZEN
    assert await verifier.verify(ed.sign({k: v for k, v in payload.items() if k != "client_id"}))


async def test_verify_refuses_a_deleted_organisation_like_an_unknown_one(
    verifier, directory, ed, payload, org
) -> None:
    token = ed.sign(payload)
    directory.statuses[org] = OrganizationStatus.DELETED
    with pytest.raises(OrganizationUnknown) as deleted:
        await verifier.verify(token)
    directory.entries.clear()
    with pytest.raises(OrganizationUnknown) as unknown:
        await verifier.verify(token)
    assert str(deleted.value) == str(unknown.value)


async def test_verify_notices_a_freeze_within_30_seconds(
    verifier, directory, clock, ed, payload, org
) -> None:
    machine = ed.sign({**payload, "sub": payload["client_id"]})
    assert await verifier.verify(machine)
    directory.statuses[org] = OrganizationStatus.FROZEN
    clock.now += 29.9
    assert await verifier.verify(machine)
    clock.now += 0.1
    with pytest.raises(OrganizationFrozen):
        await verifier.verify(machine)


async def test_verify_follows_external_ids_to_the_state_too(
    make_verifier, directory, ed, payload, org
) -> None:
    verifier = make_verifier(org_ids="external")
    machine = ed.sign({**payload, "sub": payload["client_id"], "org_id": "Acme GmbH"})
    assert await verifier.verify(machine)
    verifier.forget_all()
    directory.statuses[org] = OrganizationStatus.FROZEN
    with pytest.raises(OrganizationFrozen):
        await verifier.verify(machine)


async def test_verify_knows_no_state_for_operators(verifier, directory, ed, payload, org) -> None:
    directory.statuses[org] = OrganizationStatus.FROZEN
    operator = {k: v for k, v in payload.items() if k != "org_id"}
    operator |= {"scope": OPERATOR, "sub": payload["client_id"]}
    assert (await verifier.verify(ed.sign(operator))).org_id is None
