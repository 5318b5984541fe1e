import pytest

from auth import errors


def leaves(cls: type) -> list[type]:
    return [cls, *(leaf for child in cls.__subclasses__() for leaf in leaves(child))]


def test_unauthenticated_says_its_docstring() -> None:
    assert str(errors.TokenExpired()) == "The access token has expired."


def test_unauthenticated_keeps_its_message_to_one_line() -> None:
    assert str(errors.Unauthenticated()) == "The request carries no acceptable access token."


def test_claim_missing_names_the_claim() -> None:
    error = errors.ClaimMissing("sub")
    assert (str(error), error.claim) == ("The access token lacks the claim sub.", "sub")


def test_configuration_error_is_a_sentence_about_the_setting() -> None:
    error = errors.IssuerConfigurationError("leeway", "must be from 0 to 60 seconds")
    assert str(error) == "leeway must be from 0 to 60 seconds."


def test_reasons_are_distinct_and_cover_every_class() -> None:
    classes = leaves(errors.Unauthenticated)
    assert len({cls.reason for cls in classes}) == len(classes) > 13


@pytest.mark.parametrize("cls", [errors.KeysUnavailable, errors.IssuerConfigurationError])
def test_operational_errors_are_not_the_callers_fault(cls: type) -> None:
    assert not issubclass(cls, errors.Unauthenticated)
