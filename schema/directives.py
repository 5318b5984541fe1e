"""The directive that says what a type or a field is worth as a control."""

import strawberry
from strawberry.schema_directive import Location

from models.enforcement import Enforcement, Mode

strawberry.enum(Mode, name="EnforcementMode", description="How far a claim goes.")


@strawberry.schema_directive(
    name="enforcement",
    locations=[Location.OBJECT, Location.FIELD_DEFINITION],
    description="That this is a control: enforced by the service, a record, or evidence.",
)
class EnforcementDirective:
    """That a type or a field is a control, and of which kind."""

    mode: Mode
    control: str


def claims(claim: Enforcement | None) -> list[object]:
    """The directive of a claim; none without one."""
    return [EnforcementDirective(mode=claim.mode, control=claim.control)] if claim else []
