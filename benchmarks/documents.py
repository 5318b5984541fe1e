"""What is asked: three reads and one write, in each system's words."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from benchmarks.cluster import Sample
from benchmarks.rows import CREATED_PREFIX
from palisade.demonstration.examples import LIST, POINT, TREE

Query = Literal["point", "list", "tree", "create"]
QUERIES: Final[tuple[Query, ...]] = ("point", "list", "tree", "create")

SERIAL: Final = "########"
"""Stands in a request for the number that makes its name unique."""

CREATE: Final = """\
mutation Create($input: CreateIntegrationInput!) {
  createIntegration(input: $input) {
    integration {
      id
      name
      status
      authMethod
      baseUrl
      scopes
      createdAt
      vendor {
        id
        name
        tier
      }
    }
  }
}
"""

DOCUMENTS: Final[Mapping[Query, str]] = {
    "point": POINT,
    "list": LIST,
    "tree": TREE,
    "create": CREATE,
}


def _in_words_of_postgraphile(document: str) -> str:
    """The same fields. ``id`` is a global id there, made of the key; the column is ``rowId``."""
    text = re.sub(r"^( +)id$", r"\1id: rowId", document, flags=re.MULTILINE)
    return (
        text.replace("$id: ID!", "$orgId: UUID!, $id: UUID!")
        .replace("integration(id: $id)", "integration(orgId: $orgId, rowId: $id)")
        .replace("orderBy: [{ at: DESC }]", "orderBy: [AT_DESC]")
    )


POSTGRAPHILE: Final[Mapping[Query, str]] = {
    query: _in_words_of_postgraphile(document) for query, document in DOCUMENTS.items()
}


def bodies(query: Query, sample: Sample, *, mark: str) -> list[dict[str, Any]]:
    """The GraphQL requests of one organisation. ``mark`` tells one run's names from another's."""
    document = DOCUMENTS[query]
    if query == "point":
        return [{"query": document, "variables": {"id": id}} for id in sample.integration_ids]
    if query == "create":
        return [{"query": document, "variables": {"input": _made(sample, mark)}}]
    return [{"query": document}]


def bodies_of_postgraphile(query: Query, sample: Sample, *, mark: str) -> list[dict[str, Any]]:
    """The same requests in PostGraphile's words."""
    made = bodies(query, sample, mark=mark)
    for body in made:
        body["query"] = POSTGRAPHILE[query]
        if query == "point":
            body["variables"]["orgId"] = sample.org_id
        elif query == "create":
            body["variables"]["input"] = {"integration": body["variables"]["input"]}
    return made


def _made(sample: Sample, mark: str) -> dict[str, Any]:
    return {
        "name": f"{CREATED_PREFIX}{mark} {SERIAL}",
        "authMethod": "OAUTH2_CLIENT_CREDENTIALS",
        "baseUrl": "https://api.example.com/v3/",
        "scopes": ["contacts:read", "invoices:read"],
        "vendorId": sample.vendor_id,
    }
