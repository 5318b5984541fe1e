"""What own tests are offered: that it answers, refuses and keeps organisations apart."""

from collections.abc import Iterator

import pytest

from migrations.runner import MigrationError
from models.rules import ModelError
from palisade.testing import Trial, serving

WHO = "{ viewer { subject scopes organization { id } } }"
CREATE = """mutation ($name: String!) {
  createVendor(input: {name: $name, tier: LOW}) { vendor { name } }
}"""


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with serving() as trial:
        yield trial


def test_caller_is_of_its_organisation_and_role(trial: Trial) -> None:
    organisation = trial.organisation()
    viewer = organisation.caller("viewer", scopes=["user:all"]).ask(WHO)["viewer"]
    assert viewer["organization"] == {"id": str(organisation.id)}
    assert {"user:all", "vendor:read"} <= set(viewer["scopes"])
    assert "vendor:write" not in viewer["scopes"]
    assert organisation.caller("viewer", subject="ada").ask(WHO)["viewer"]["subject"] == "ada"


def test_ask_shows_the_errors_and_refusal_the_data(trial: Trial) -> None:
    organisation = trial.organisation()
    editor, viewer = organisation.caller("editor"), organisation.caller("viewer")
    assert editor.ask(CREATE, {"name": "A"})["createVendor"]["vendor"] == {"name": "A"}
    refusal = viewer.refusal(CREATE, {"name": "B"})
    assert (refusal.code, refusal.field) == ("FORBIDDEN", "createVendor")
    assert refusal.message == "createVendor: needs the scope vendor:write"
    with pytest.raises(AssertionError, match="needs the scope"):
        viewer.ask(CREATE, {"name": "B"})
    with pytest.raises(AssertionError, match="createVendor"):
        editor.refusal(CREATE, {"name": "B"})


def test_person_is_known_by_the_subject_of_the_token(trial: Trial) -> None:
    organisation = trial.organisation()
    mia = organisation.person("mia")
    ann = organisation.person("ann", role="viewer", manager=mia)
    subject = ann.ask(WHO)["viewer"]["subject"]
    user = """query ($id: ID!) {
      user(id: $id) { subject manager { id } }
    }"""
    found = organisation.caller("admin").ask(user, {"id": ann.id})["user"]
    assert found == {"subject": subject, "manager": {"id": mia.id}}


def test_organisations_are_apart(trial: Trial) -> None:
    first, second = trial.organisation(), trial.organisation()
    first.caller("editor").ask(CREATE, {"name": "A"})
    count = "{ vendors { totalCount } }"
    assert first.caller("viewer").ask(count) == {"vendors": {"totalCount": 1}}
    assert second.caller("viewer").ask(count) == {"vendors": {"totalCount": 0}}


def test_serving_refuses_a_package_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="no package nothere"), serving("nothere"):
        pass


def test_serving_refuses_models_without_revisions() -> None:
    refused = pytest.raises(MigrationError, match=r"palisade migrate --models .* --make")
    with refused, serving("tests.isolation.laboratory"):
        pass
