"""What a party sent of another's and has itself since."""

from uuid import UUID

from assurance.prove.canaries import Canaries, Canary
from assurance.prove.parties import Party

ID = "016f5e66-e823-7b90-ba49-54c00afa1938"
OTHER = "016f5e66-e82d-756c-a2bf-39a901245236"
TEXT = "canary-0123456789ab-vendor-name-0"


def party() -> Party:
    made = Party("organisation 1", "0" * 12, "one", UUID(int=1))
    made.own({"Note": [{"id": UUID(int=2), "body": f"about {TEXT}", "of": UUID(ID)}]})
    return made


def test_what_was_sent_and_is_stored_is_taken() -> None:
    one = party()
    assert one.take((ID, TEXT, OTHER, ""))
    assert one.taken == {ID, TEXT}
    assert UUID(ID) in one.owned
    assert UUID(OTHER) not in one.owned
    assert not one.take((ID, OTHER))


def test_what_was_taken_is_no_leak_and_the_rest_still_is() -> None:
    canaries = Canaries(
        (Canary(text, "organisation 2", "Vendor", "name", 0) for text in (ID, OTHER, TEXT)),
        mark="0123456789ab",
    ).without((ID, TEXT))
    assert canaries.found_in(f"{ID} {TEXT}") == []
    assert [one.text for one in canaries.found_in(f"{ID} {OTHER}")] == [OTHER]
    assert canaries.found_in("canary-0123456789ab-vendor-name-1") != []
