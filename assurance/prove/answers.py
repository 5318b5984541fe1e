"""The computed answers, which no table stands behind. Whoever adds one adds its attack here."""

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from assurance.prove.attacks import Attack, Part, Target
from assurance.prove.surface import Surface

BEGINNINGS: Final = (
    ("blastRadius", "vendor", "ID", "Vendor"),
    ("blastRadius", "integration", "ID", "Integration"),
    ("blastRadius", "credential", "ID", "Credential"),
    ("simulate", "vendorSuspended", "ID!", "Vendor"),
)
WHOLE: Final = ("dataMap", "personalData", "posture", "expiring", "unusedGrants")
VIEWER: Final = "{ viewer { subject clientId scopes organization { id slug name } } }"


class Answers(Surface):
    """The computed answers of one schema."""

    def answers_from_ids(self) -> Iterator[Attack]:
        """Every computed answer that begins at a record."""
        for name, argument, kind, type_ in BEGINNINGS:
            if name not in self._query.fields or type_ not in self._types:
                continue
            part = Part(name, {argument: (kind, Target(type_))}, self._whole(self._query, name))
            yield from self._packed("answers from ids", self._query, [part])

    def answers(self) -> Iterator[Attack]:
        """Every other computed answer."""
        arguments = {"expiring": {"within": ("Int!", 730)}}
        for name in WHOLE:
            part = Part(name, arguments.get(name, {}), self._whole(self._query, name))
            yield from self._packed("answers", self._query, [part])

    def refreshed(self) -> Attack:
        """What the posture finds, as findings."""
        selection = self._whole(self._mutation, "refreshFindings")
        return Attack("refreshFindings", f"mutation {{ refreshFindings {selection} }}")

    def _whole(self, parent: GraphQLObjectType, name: str) -> str:
        """All of an answer; of the records in it, their ids."""
        kind = get_named_type(parent.fields[name].type)
        if is_leaf_type(kind):
            return ""
        if not isinstance(kind, GraphQLObjectType) or kind.name in self._catalog.tables:
            return "{ id }"
        return f"{{ {' '.join(f'{part} {self._whole(kind, part)}' for part in kind.fields)} }}"
