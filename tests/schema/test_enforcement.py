"""What the schema claims to be a control, held to what is proven."""

import ast
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DirectiveNode,
    EnumValueNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    parse,
)

from models.enforcement import Mode
from palisade.service import Service
from tests.proofs import PROOFS, unproven

_ROOT = Path(__file__).parent.parent.parent


def claims(sdl: str) -> Iterator[tuple[str, Mode, str]]:
    """Where the directive stands, how far it goes and what it says."""
    for definition in parse(sdl).definitions:
        if not isinstance(definition, ObjectTypeDefinitionNode):
            continue
        name = definition.name.value
        yield from ((name, *_read(found)) for found in _directives(definition))
        for field in definition.fields or ():
            yield from ((f"{name}.{field.name.value}", *_read(d)) for d in _directives(field))


def _directives(
    node: ObjectTypeDefinitionNode | FieldDefinitionNode,
) -> Iterator[DirectiveNode]:
    return (found for found in node.directives or () if found.name.value == "enforcement")


def _read(directive: DirectiveNode) -> tuple[Mode, str]:
    given = {argument.name.value: argument.value for argument in directive.arguments}
    mode, control = given["mode"], given["control"]
    assert isinstance(mode, EnumValueNode)
    assert isinstance(control, StringValueNode)
    return Mode(mode.value), control.value


def test_each_enforced_claim_has_a_proof_and_each_proof_a_claim(built_service: Service) -> None:
    made = list(claims(built_service.schema.as_str()))
    assert {place for place, mode, _ in made if mode is Mode.ENFORCED} == set(PROOFS)
    assert all(control for _, _, control in made)
    assert {mode for _, mode, _ in made} == set(Mode)


def test_each_proof_is_a_test_that_exists() -> None:
    for proof in (proof for proofs in PROOFS.values() for proof in proofs):
        file, _, name = proof.partition("::")
        tree = ast.parse((_ROOT / file).read_text())
        tests = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in tests, proof


def test_a_proof_that_did_not_pass_is_told() -> None:
    proofs = {proof for proofs in PROOFS.values() for proof in proofs}
    assert unproven(proofs) == []
    one = PROOFS["Organization"][0]
    assert unproven(proofs - {one}) == [f"Organization: {one}"]
