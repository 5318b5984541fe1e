"""What the README shows a client to send is valid."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from palisade.service import Service
from schema.build import core_schema

README = Path(__file__).parents[2] / "README.md"
SHOWN = re.findall(r"^```graphql\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("document", SHOWN)
def test_what_the_readme_shows_is_valid(built_service: Service, document: str) -> None:
    assert validate(core_schema(built_service.schema), parse(document)) == []
