"""Keys and constraints that reach across organisations."""

from tests.holes.scene import DatabaseHole, Step, collides, holds, runs, shows

_SITE_OF_VICTIM = "(SELECT id FROM data.site WHERE org_id = '{victim}' ORDER BY id LIMIT 1)"
_REFERENCE = "fk_specimen_site_id"
# The attacker can't look it up: it is left by somebody who can, in a table of the session.
_TARGET = Step(f"SELECT set_config('test.site', {_SITE_OF_VICTIM}::text, true)", "root", "")
_REFER = Step("UPDATE data.specimen SET site_id = current_setting('test.site')::uuid")
_SAME_NAME = Step(
    "INSERT INTO data.vendor (org_id, id, name, tier) "
    "VALUES ('{attacker}', gen_random_uuid(), '{victim_name}', 'LOW')"
)

KEY_HOLES = (
    DatabaseHole(
        "single-column-foreign-key",
        "A foreign key is made anew on the id alone, as in any other database: a record may refer "
        "to another organisation's.",
        (
            f"ALTER TABLE data.specimen DROP CONSTRAINT {_REFERENCE}",
            "ALTER TABLE data.site ADD CONSTRAINT site_id_only UNIQUE (id)",
            f"ALTER TABLE data.specimen ADD CONSTRAINT {_REFERENCE} FOREIGN KEY (site_id) "
            "REFERENCES data.site (id)",
        ),
        runs(_TARGET, _REFER),
    ),
    DatabaseHole(
        "foreign-key-dropped",
        "A foreign key is dropped to load data faster and never made again.",
        (f"ALTER TABLE data.specimen DROP CONSTRAINT {_REFERENCE}",),
        runs(_TARGET, _REFER),
    ),
    DatabaseHole(
        "foreign-key-not-valid",
        "A foreign key is made again as NOT VALID over rows that break it: they go on referring "
        "to another organisation.",
        (
            f"ALTER TABLE data.specimen DROP CONSTRAINT {_REFERENCE}",
            "UPDATE data.specimen SET site_id = (SELECT id FROM data.site WHERE org_id = "
            "'{victim}' ORDER BY id LIMIT 1) WHERE id = (SELECT id FROM data.specimen "
            "WHERE org_id = '{attacker}' ORDER BY id LIMIT 1)",
            f"ALTER TABLE data.specimen ADD CONSTRAINT {_REFERENCE} FOREIGN KEY (org_id, site_id) "
            "REFERENCES data.site (org_id, id) NOT VALID",
        ),
        holds(
            Step(
                "SELECT count(*) > 0 FROM data.specimen AS p JOIN data.site AS s ON s.id = p.site_id "
                "WHERE p.org_id <> s.org_id",
                "root",
                "",
            )
        ),
    ),
    DatabaseHole(
        "foreign-key-not-enforced",
        "A foreign key is declared NOT ENFORCED, as PostgreSQL 18 allows: it is there, and checks "
        "nothing.",
        (
            f"ALTER TABLE data.specimen DROP CONSTRAINT {_REFERENCE}",
            f"ALTER TABLE data.specimen ADD CONSTRAINT {_REFERENCE} FOREIGN KEY (org_id, site_id) "
            "REFERENCES data.site (org_id, id) NOT ENFORCED",
        ),
        runs(_TARGET, _REFER),
        needs="PostgreSQL 18",
    ),
    DatabaseHole(
        "triggers-of-keys-disabled",
        "All triggers of a table are disabled for a restore, those of its foreign keys too.",
        ("ALTER TABLE data.specimen DISABLE TRIGGER ALL",),
        runs(_TARGET, _REFER),
    ),
    DatabaseHole(
        "global-unique-index",
        "A unique index does not lead with org_id: a refusal tells that another organisation has "
        "the name.",
        ("CREATE UNIQUE INDEX vendor_name_everywhere ON data.vendor (name)",),
        collides("23505", _SAME_NAME),
    ),
    DatabaseHole(
        "global-exclusion-constraint",
        "An exclusion constraint compares names over all organisations: it tells what others have.",
        ("ALTER TABLE data.vendor ADD CONSTRAINT one_name EXCLUDE (name WITH =)",),
        collides("23P01", _SAME_NAME),
    ),
    DatabaseHole(
        "check-that-looks-elsewhere",
        "A check constraint calls a function that looks through all organisations' rows: it tells "
        "what others have.",
        (
            "CREATE FUNCTION public.is_new(wanted text) RETURNS boolean LANGUAGE sql SECURITY "
            "DEFINER SET search_path = pg_catalog AS "
            "'SELECT NOT EXISTS (SELECT FROM data.vendor WHERE name = wanted)'",
            "ALTER TABLE data.vendor ADD CONSTRAINT is_new CHECK (public.is_new(name)) NOT VALID",
        ),
        collides("23514", _SAME_NAME),
    ),
    DatabaseHole(
        "nullable-org-id",
        "The primary key gives way to the id alone and org_id may be empty: such a row is "
        "nobody's, and no erasure finds it.",
        (
            "ALTER TABLE data.observation DROP CONSTRAINT pk_observation",
            "ALTER TABLE data.observation ADD PRIMARY KEY (id)",
            "ALTER TABLE data.observation ALTER COLUMN org_id DROP NOT NULL",
        ),
        runs(
            Step(
                "INSERT INTO data.observation (org_id, id, remark, specimen_id) "
                "VALUES (NULL, gen_random_uuid(), 'nobody''s', gen_random_uuid())",
                "root",
                "",
            )
        ),
    ),
    DatabaseHole(
        "reference-set-null",
        "A reference is emptied when its target is deleted: the record changes without a version, "
        "an audit event or anybody's leave.",
        (
            "ALTER TABLE data.site DROP CONSTRAINT fk_site_within_id",
            "ALTER TABLE data.site ADD CONSTRAINT fk_site_within_id FOREIGN KEY "
            "(org_id, within_id) REFERENCES data.site (org_id, id) ON DELETE SET NULL (within_id)",
        ),
        runs(
            "INSERT INTO data.site (org_id, id, label) VALUES "
            "('{attacker}', '00000000-0000-7000-8000-000000000001', 'outer')",
            "INSERT INTO data.site (org_id, id, label, within_id) VALUES ('{attacker}', "
            "gen_random_uuid(), 'inner', '00000000-0000-7000-8000-000000000001')",
            "DELETE FROM data.site WHERE label = 'outer'",
        ),
    ),
    DatabaseHole(
        "reference-update-cascade",
        "A reference follows its target's key: the keys of rows change by a cascade that no "
        "policy is asked about.",
        (
            "ALTER TABLE data.site DROP CONSTRAINT fk_site_within_id",
            "ALTER TABLE data.site ADD CONSTRAINT fk_site_within_id FOREIGN KEY "
            "(org_id, within_id) REFERENCES data.site (org_id, id) ON UPDATE CASCADE",
        ),
        runs(
            "INSERT INTO data.site (org_id, id, label) VALUES "
            "('{attacker}', '00000000-0000-7000-8000-000000000001', 'outer')",
            "INSERT INTO data.site (org_id, id, label, within_id) VALUES ('{attacker}', "
            "gen_random_uuid(), 'inner', '00000000-0000-7000-8000-000000000001')",
            "UPDATE data.site SET id = gen_random_uuid() WHERE label = 'outer'",
        ),
    ),
    DatabaseHole(
        "directory-leads-elsewhere",
        "An entry of the directory is changed by hand: an organisation's short name leads to "
        "another one's id, and its operator's export to the other one's records.",
        (
            "UPDATE palisade.directory_entry SET org_id = '{victim}' "
            "WHERE kind = 'slug' AND key = '{attacker_slug}'",
        ),
        shows(Step("SELECT palisade.find_org('slug', '{attacker_slug}')", side="")),
    ),
)
