"""Row level security that is off, open or somebody else's."""

from tests.holes.scene import DatabaseHole, Step, runs, shows

_VENDORS = "SELECT name FROM data.vendor"
_ORG = "(SELECT palisade.org_id())"

POLICY_HOLES = (
    DatabaseHole(
        "policy-or-true",
        "While looking for a bug somebody adds OR true to a policy and forgets it: the table is "
        "everybody's.",
        (f"ALTER POLICY of_org ON data.vendor USING (org_id = {_ORG} OR true)",),
        shows(_VENDORS),
    ),
    DatabaseHole(
        "policy-open-without-context",
        "A policy lets everything through where no context is set, so that a job works: so does "
        "every statement that forgets its context.",
        (f"ALTER POLICY of_org ON data.vendor USING (org_id = {_ORG} OR {_ORG} IS NULL)",),
        shows(Step(_VENDORS, side="")),
    ),
    DatabaseHole(
        "policy-of-a-plain-setting",
        "A policy compares with a setting of the session instead of the signed context: injected "
        "SQL sets it.",
        (
            "ALTER POLICY of_org ON data.vendor USING "
            "(org_id = nullif(current_setting('app.org', true), '')::uuid)",
        ),
        shows(Step("SET LOCAL app.org = '{victim}'"), Step(_VENDORS, side="")),
    ),
    DatabaseHole(
        "second-permissive-policy",
        "Support gets a policy for critical vendors beside the one of the organisation; "
        "permissive policies are joined by OR, so all organisations see them.",
        ("CREATE POLICY support ON data.vendor FOR SELECT USING (tier = 'CRITICAL')",),
        shows(_VENDORS),
    ),
    DatabaseHole(
        "policy-for-a-reporting-role",
        "A reporting role gets a policy of its own that is true for every row.",
        (
            "CREATE ROLE reporting LOGIN",
            "GRANT USAGE ON SCHEMA data TO reporting",
            "GRANT SELECT ON data.vendor TO reporting",
            "CREATE POLICY reporting ON data.vendor FOR SELECT TO reporting USING (true)",
        ),
        shows(Step(_VENDORS, "reporting", "")),
        undo=("DROP OWNED BY reporting", "DROP ROLE reporting"),
    ),
    DatabaseHole(
        "update-policy-open",
        "The policy for UPDATE was made by hand and is true: a statement without a condition "
        "overwrites every organisation's rows.",
        ("ALTER POLICY of_org_update ON data.vendor USING (true) WITH CHECK (true)",),
        shows(
            Step("UPDATE data.vendor SET website = NULL, version = 77"),
            Step("SELECT name FROM data.vendor WHERE version = 77", "root", ""),
        ),
    ),
    DatabaseHole(
        "delete-policy-open",
        "The policy for DELETE is true: a statement without a condition empties the table.",
        ("ALTER POLICY of_org_delete ON data.observation USING (true)",),
        shows(
            Step("DELETE FROM data.observation"),
            Step(
                "SELECT '{victim}' WHERE NOT EXISTS "
                "(SELECT FROM data.observation WHERE org_id = '{victim}')",
                "root",
                "",
            ),
        ),
    ),
    DatabaseHole(
        "insert-check-true",
        "WITH CHECK is true for INSERT: a row can be written into another organisation.",
        ("ALTER POLICY of_org_insert ON data.vendor WITH CHECK (true)",),
        runs(
            "INSERT INTO data.vendor (org_id, id, name, tier) "
            "VALUES ('{victim}', gen_random_uuid(), 'from outside', 'LOW')"
        ),
    ),
    DatabaseHole(
        "update-check-missing",
        "WITH CHECK of the UPDATE policy is true: a row can be handed to another organisation, "
        "such as a finding nobody shall see.",
        ("ALTER POLICY of_org_update ON data.firm WITH CHECK (true)",),
        runs(
            # Nothing that refers to the rows shall stand in for the check.
            *(f"DELETE FROM data.{name}" for name in ("memo", "call", "watcher", "prospect")),
            "UPDATE data.firm SET org_id = '{victim}'",
        ),
    ),
    DatabaseHole(
        "force-dropped",
        "FORCE is taken off a table for a data migration and not put back: the owner's logins "
        "read every organisation's rows.",
        ("ALTER TABLE data.vendor NO FORCE ROW LEVEL SECURITY",),
        shows(Step(_VENDORS, "palisade_owner", "")),
    ),
    DatabaseHole(
        "row-level-security-disabled",
        "Row level security is taken off a table that was slow, for an afternoon.",
        ("ALTER TABLE data.vendor DISABLE ROW LEVEL SECURITY",),
        shows(_VENDORS),
    ),
    DatabaseHole(
        "policy-on-a-lookup",
        "A policy also shows the rows whose ids stand in a list that support keeps, and the "
        "application may write that list.",
        (
            "CREATE TABLE public.shared (id uuid)",
            "GRANT SELECT, INSERT ON public.shared TO palisade_app",
            "CREATE POLICY shared ON data.vendor FOR SELECT TO palisade_app "
            "USING (id IN (SELECT s.id FROM public.shared AS s) OR EXISTS (SELECT FROM public.shared))",
        ),
        shows(
            Step("INSERT INTO public.shared VALUES (gen_random_uuid())"),
            Step(_VENDORS),
        ),
    ),
)
