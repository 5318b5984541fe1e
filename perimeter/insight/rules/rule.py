"""What a rule of the posture is made of."""

from dataclasses import dataclass
from typing import Final

from models.base import Model
from models.conditions import Condition

LOW: Final = 2
MEDIUM: Final = 3
HIGH: Final = 4
CRITICAL: Final = 5


@dataclass(frozen=True, slots=True)
class PostureRule:
    """What must not be: a condition that no record of ``subject`` should meet.

    ``severity`` is from 0 to 6, as in OCSF. ``evidence`` are the columns of the record that show
    why it meets the condition.
    """

    id: str
    subject: type[Model]
    severity: int
    title: str
    fix: str
    condition: Condition
    evidence: tuple[str, ...]
