"""What came of each planted fault when the tool that has to find it was let loose.

The faults were written without a look at the tools, and the tools without a look at the faults. Of
each stands here by which rule, or which attack, it is found, and whether that was so when they
first met. The finders' tests hold it against what they see.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tests.holes.service_results import SERVICE_RESULTS


@dataclass(frozen=True)
class Result:
    """How a fault is found.

    ``by``: the rule or attack; "" where nothing finds it, and ``because`` says why. ``at_first``:
    whether it was found before anything was added to the tool; None, where nobody could try.
    ``looks_as``: whose rights it takes. ``warns_because``: why it is a warning, and no error.
    """

    by: str
    at_first: bool | None = True
    looks_as: Literal["app", "owner"] = "app"
    warns_because: str = ""
    because: str = ""

    @property
    def told(self) -> str:
        """For the table."""
        if not self.by:
            return f"by nothing: {self.because}"
        words = [f"`{self.by}`"]
        if self.looks_as == "owner":
            words.append("with the owner's rights")
        if self.warns_because:
            words.append(f"a warning: {self.warns_because}")
        return ", ".join(words)

    @property
    def told_first(self) -> str:
        """For the table."""
        return {True: "yes", False: "no: after a new rule", None: "not tried"}[self.at_first]


_LOG: Final = "the log is the operator's, and who reads it is not in the catalog"

DOCTOR_RESULTS: Final[Mapping[str, Result]] = {
    "view-of-a-superuser": Result("unexplained-view"),
    "view-of-a-bypassing-role": Result("unexplained-view"),
    "materialised-view": Result("unexplained-materialised-view"),
    "partition-without-row-level-security": Result("unexplained-partitioned-table"),
    "inheritance-child": Result("inheritance"),
    "table-without-a-model": Result("unexplained-table"),
    "backup-table-in-public": Result("unexplained-table"),
    "table-in-a-new-schema": Result("unexplained-schema"),
    "column-without-a-classification": Result("unclassified-column"),
    "generated-default-from-elsewhere": Result("computed-default"),
    "trigger-copying-rows": Result("unexplained-trigger"),
    "trigger-notifying-rows": Result("unexplained-trigger"),
    "rule-writing-besides": Result("unexplained-rule"),
    "event-trigger-granting": Result("unexplained-event-trigger"),
    "sequence-of-all-organisations": Result("unexplained-sequence"),
    "publication-of-all-tables": Result("unexplained-publication"),
    "extension-installed": Result("unexplained-extension"),
    "foreign-table": Result("unexplained-foreign-table", at_first=None),
    "foreign-table-without-a-wrapper": Result("unexplained-foreign-table"),
    "definer-function-of-a-superuser": Result("unexplained-function"),
    "definer-function-without-search-path": Result("unexplained-function"),
    "leakproof-lie": Result("unexplained-function"),
    "org-id-without-signature": Result("function-body"),
    "org-id-without-expiry": Result("function-body"),
    "org-id-of-a-plain-setting": Result("function-body"),
    "org-id-immutable": Result("function-volatility"),
    "enter-without-its-guard": Result("function-body"),
    "enter-for-the-session": Result("function-body"),
    "change-without-state": Result("function-body"),
    "directory-search-by-pattern": Result("function-body"),
    "worker-function-for-public": Result("unexplained-grant"),
    "app-may-thaw": Result("unexplained-grant"),
    "planted-context-key": Result("lasting-context-key", at_first=False, looks_as="owner"),
    "retired-key-for-ever": Result("lasting-context-key", at_first=False, looks_as="owner"),
    "internal-language-function": Result("unexplained-function"),
    "definer-function-shows-keys": Result("unexplained-function"),
    "procedure-that-takes-an-org": Result("unexplained-function"),
    "policy-or-true": Result("policy-expression"),
    "policy-open-without-context": Result("policy-expression"),
    "policy-of-a-plain-setting": Result("policy-expression"),
    "second-permissive-policy": Result("additional-policy"),
    "policy-for-a-reporting-role": Result("additional-policy"),
    "update-policy-open": Result("policy-expression"),
    "delete-policy-open": Result("policy-expression"),
    "insert-check-true": Result("policy-expression"),
    "update-check-missing": Result("policy-expression"),
    "force-dropped": Result("rls-not-forced"),
    "row-level-security-disabled": Result("rls-disabled"),
    "policy-on-a-lookup": Result("additional-policy"),
    "single-column-foreign-key": Result("foreign-key-across-organisations"),
    "foreign-key-dropped": Result("missing-foreign-key"),
    "foreign-key-not-valid": Result("constraint-not-valid"),
    "foreign-key-not-enforced": Result("constraint-not-valid"),
    "triggers-of-keys-disabled": Result("disabled-constraint"),
    "global-unique-index": Result("unique-across-organisations"),
    "global-exclusion-constraint": Result("unique-across-organisations"),
    "check-that-looks-elsewhere": Result("unexplained-constraint"),
    "nullable-org-id": Result("nullable-org-column"),
    "reference-set-null": Result("foreign-key-action"),
    "reference-update-cascade": Result("foreign-key-action"),
    "directory-leads-elsewhere": Result(
        "misleading-directory-entry", at_first=False, looks_as="owner"
    ),
    "column-grant-on-the-key": Result("unexplained-grant"),
    "directory-granted": Result("unexplained-grant"),
    "states-granted-to-public": Result("unexplained-grant"),
    "truncate-granted": Result("unexplained-grant"),
    "audit-trail-may-be-changed": Result("unexplained-grant"),
    "create-on-the-schema": Result("schema-create"),
    "create-on-public": Result("schema-create"),
    "temporary-granted": Result("database-privilege"),
    "default-privileges": Result("unexplained-default-privilege"),
    "grant-option": Result("grant-option"),
    "large-objects-granted": Result("withheld-privilege"),
    "file-function-granted": Result("built-in-grant"),
    "statistics-granted": Result("built-in-grant"),
    "session-replication-role-granted": Result("parameter-grant"),
    "member-of-read-all-data": Result("unexplained-membership"),
    "member-of-server-programs": Result("unexplained-membership"),
    "member-of-the-owner": Result("unexplained-membership"),
    "app-bypasses-row-level-security": Result("role-above-walls"),
    "owner-bypasses-row-level-security": Result("role-above-walls"),
    "worker-inherits-the-owner": Result("unexplained-membership"),
    "app-may-make-roles": Result("role-attribute"),
    "app-may-replicate": Result("role-attribute"),
    "app-owns-a-table": Result("relation-owner"),
    "app-owns-the-schema": Result("schema-owner"),
    "login-member-of-app": Result(
        "outside-member", warns_because="it can be another login of the service"
    ),
    "statements-logged-for-the-role": Result("role-setting", warns_because=_LOG),
    "statements-logged-for-the-database": Result("dangerous-setting"),
    "statements-logged-by-the-server": Result("logs-statements", warns_because=_LOG),
    "values-of-failed-statements-logged": Result("role-setting", warns_because=_LOG),
    "search-path-of-the-role": Result("dangerous-setting"),
    "operator-shadowed": Result("unexplained-operator"),
    "context-of-the-role": Result("dangerous-setting"),
    "statement-timeout-lifted": Result(
        "missing-role-setting", warns_because="it delays, and no row crosses"
    ),
    "context-in-a-function": Result("function-search-path"),
    "context-as-a-default-argument": Result("default-argument", at_first=False),
    "built-in-functions-called-leakproof": Result("altered-built-in", at_first=False),
    "view-within-the-catalog": Result("unexplained-view"),
    "schema-named-as-the-servers": Result("unexplained-schema"),
    "built-in-view-replaced": Result(
        "altered-built-in-view",
        at_first=False,
        warns_because="the notes of a minor version may ask for it",
    ),
    "member-of-an-extension": Result("unexplained-function"),
    "member-of-a-known-extension": Result("extension-member", at_first=False),
    "function-within-the-catalog": Result("unexplained-function"),
    "operator-within-a-policy": Result("stored-operator", at_first=False),
    "operator-within-a-function": Result("stored-operator", at_first=False),
    "built-in-operator-changed": Result("altered-built-in", at_first=False),
    "triggers-of-keys-gone": Result("unwatched-foreign-key", at_first=False),
    "triggers-of-keys-exchanged": Result("unwatched-foreign-key", at_first=False),
    "unique-index-that-includes-the-organisation": Result("unique-across-organisations"),
    "unique-index-on-an-expression": Result("unique-across-organisations"),
    "toast-granted": Result("built-in-grant"),
    "column-of-the-statistics-granted": Result("built-in-grant"),
    "grant-remembered-as-initial": Result("altered-built-in", at_first=False),
    "app-owns-the-database": Result("database-owner", at_first=False),
    "app-owns-public": Result("schema-owner", at_first=False),
    "rows-in-a-comment": Result(
        "unexplained-comment",
        at_first=False,
        warns_because="no rule can tell an example from a real row",
    ),
    "row-in-a-default": Result(
        "column-default", warns_because="no rule can tell whose value it was"
    ),
    "context-for-all-roles": Result("dangerous-setting"),
    "key-that-retires-in-years": Result("lasting-context-key", looks_as="owner"),
    "owner-handed-to-the-helpdesk": Result(
        "outside-member", warns_because="it can be the login of those who migrate"
    ),
    "parameter-granted-to-public": Result("parameter-grant"),
}

PROVE_RESULTS: Final[Mapping[str, Result]] = {
    name: Result(found.by, found.at_first, because=found.because)
    for name, found in SERVICE_RESULTS.items()
}

RESULTS: Final = {**DOCTOR_RESULTS, **PROVE_RESULTS}
