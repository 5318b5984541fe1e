"""Every rule there is, by its id."""

from collections.abc import Mapping
from typing import Final

from perimeter.insight.rules.credentials import CREDENTIAL_RULES
from perimeter.insight.rules.data import DATASET_RULES, FLOW_RULES
from perimeter.insight.rules.grants import GRANT_RULES
from perimeter.insight.rules.integrations import APPLICATION_RULES, INTEGRATION_RULES
from perimeter.insight.rules.rule import PostureRule
from perimeter.insight.rules.vendors import CONTRACT_RULES, PENETRATION_RULES, VENDOR_RULES

RULES: Final[Mapping[str, PostureRule]] = {
    rule.id: rule
    for rule in (
        *CREDENTIAL_RULES,
        *INTEGRATION_RULES,
        *APPLICATION_RULES,
        *FLOW_RULES,
        *DATASET_RULES,
        *VENDOR_RULES,
        *CONTRACT_RULES,
        *PENETRATION_RULES,
        *GRANT_RULES,
    )
}
