"""The queries that the demonstration prints and the playground offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

POINT: Final = """\
query Point($id: ID!) {
  integration(id: $id) {
    id
    name
    status
    authMethod
    baseUrl
    scopes
    lastSyncAt
    createdAt
    vendor {
      id
      name
      tier
    }
  }
}
"""

LIST: Final = """\
query List {
  integrations(first: 50) {
    nodes {
      id
      name
      status
      authMethod
      baseUrl
      scopes
      lastSyncAt
      createdAt
      vendor {
        name
        tier
      }
    }
  }
}
"""

TREE: Final = """\
query Tree {
  vendors(first: 20) {
    nodes {
      id
      name
      tier
      riskScore
      integrations(first: 5) {
        nodes {
          id
          name
          status
          authMethod
          createdAt
          events(first: 3, orderBy: [{ at: DESC }]) {
            nodes {
              id
              eventClass
              severity
              at
            }
          }
        }
      }
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A query to run as it is. An attack is one that the service has to give nothing for."""

    title: str
    query: str
    variables: Mapping[str, str]
    kind: Literal["query", "attack"]


def examples_for(own_integration_id: str, foreign_integration_id: str) -> tuple[Example, ...]:
    """The examples for the organisation that has the first integration and not the second.

    The attack's answer is null, as for an id that no organisation has.
    """
    return (
        Example("One integration and its vendor", POINT, {"id": own_integration_id}, "query"),
        Example("All integrations", LIST, {}, "query"),
        Example("Vendors, their integrations and the latest events", TREE, {}, "query"),
        Example(
            "Another organisation's integration, by its id",
            POINT,
            {"id": foreign_integration_id},
            "attack",
        ),
    )
