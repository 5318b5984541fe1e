"""Every rule there is, by its name."""

from collections.abc import Mapping
from typing import Final

from assurance.doctor.rule import Rule
from assurance.doctor.rules.columns import COLUMN_RULES
from assurance.doctor.rules.functions import FUNCTION_RULES
from assurance.doctor.rules.keys import KEY_RULES
from assurance.doctor.rules.others import OTHER_RULES
from assurance.doctor.rules.policies import POLICY_RULES
from assurance.doctor.rules.privileges import PRIVILEGE_RULES
from assurance.doctor.rules.relations import RELATION_RULES
from assurance.doctor.rules.roles import ROLE_RULES
from assurance.doctor.rules.rows import ROW_RULES
from assurance.doctor.rules.server import SERVER_RULES
from assurance.doctor.rules.service import SERVICE_RULES
from assurance.doctor.rules.stored import STORED_RULES
from assurance.doctor.rules.withheld import WITHHELD_RULES

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        *ROLE_RULES,
        *RELATION_RULES,
        *COLUMN_RULES,
        *POLICY_RULES,
        *KEY_RULES,
        *FUNCTION_RULES,
        *PRIVILEGE_RULES,
        *WITHHELD_RULES,
        *OTHER_RULES,
        *ROW_RULES,
        *STORED_RULES,
        *SERVER_RULES,
        *SERVICE_RULES,
    )
}
