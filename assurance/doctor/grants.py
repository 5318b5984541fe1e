"""The question who may do what: of built-in objects only what differs from how they come."""

from collections.abc import Sequence
from typing import Final

from assurance.doctor.pieces import NAME, OWN, no_member
from assurance.doctor.snapshot import STATEMENTS_KIND, WITHHELD_KIND
from repository.server_functions import ESTIMATES, LANGUAGES, WITHHELD

# The information schema is made after what PostgreSQL remembers as initial.
_EXPLODED: Final = """
SELECT o.kind, o.name, CASE WHEN g.grantee = 0 THEN 'public'
  ELSE pg_get_userbyid(g.grantee)::text END, g.privilege_type, g.is_grantable, o.built_in
FROM ({objects}) AS o (kind, name, owner, acl, built_in, initial),
  LATERAL aclexplode(o.acl) AS g
WHERE g.grantee <> o.owner
  AND NOT (o.built_in AND g.grantee = 0 AND NOT g.is_grantable
    AND (o.kind, g.privilege_type) IN (('relation', 'SELECT'), ('schema', 'USAGE'))
    AND o.name ~ '^information_schema(\\.|$)')
  AND NOT (o.built_in AND EXISTS (
  SELECT FROM aclexplode(o.initial) AS b WHERE b.grantee = g.grantee
  AND b.privilege_type = g.privilege_type AND b.is_grantable = g.is_grantable))
ORDER BY 1, 2, 3, 4
"""

_INITIAL: Final = """(SELECT i.initprivs FROM pg_init_privs i WHERE i.objoid = {oid}
  AND i.classoid = 'pg_catalog.{catalog}'::regclass AND i.objsubid = {column})"""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_IS_WITHHELD: Final = (
    "(p.oid < 16384 AND p.pronamespace = 'pg_catalog'::regnamespace "
    f"AND p.proname LIKE ANY (ARRAY[{_listed(WITHHELD)}]))"
)

# Of what is built in only what somebody has touched, and what is withheld.
_GRANTED: Final = (
    f"""SELECT 'relation', {NAME}, c.relowner, coalesce(c.relacl, acldefault(
      CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)), c.oid < 16384,
      {_INITIAL.format(oid="c.oid", catalog="pg_class", column="0")}
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (c.{OWN} OR c.relacl IS NOT NULL) AND c.relkind NOT IN ('i', 'I', 't', 'c')
      AND {no_member("pg_class", "c.oid")}""",
    f"""SELECT 'column', {NAME} || '.' || a.attname, c.relowner, a.attacl, c.oid < 16384,
      {_INITIAL.format(oid="c.oid", catalog="pg_class", column="a.attnum")}
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
      -- A catalog of which PUBLIC may read some columns, and not all, is narrowed.
      AND NOT (c.oid < 16384 AND EXISTS (SELECT FROM aclexplode(coalesce(
        {_INITIAL.format(oid="c.oid", catalog="pg_class", column="0")},
        acldefault('r', c.relowner))) AS whole
        WHERE whole.grantee = 0 AND whole.privilege_type = 'SELECT'))""",
    f"""SELECT 'function', n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes)
      || ')', p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), p.oid < 16384,
      coalesce({_INITIAL.format(oid="p.oid", catalog="pg_proc", column="0")},
        acldefault('f', p.proowner))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE (p.{OWN} OR p.proacl IS NOT NULL) AND NOT {_IS_WITHHELD}
      AND {no_member("pg_proc", "p.oid")}""",
    f"""SELECT '{WITHHELD_KIND}', 'function ' || n.nspname || '.' || p.proname || '(' ||
      oidvectortypes(p.proargtypes) || ')', p.proowner,
      coalesce(p.proacl, acldefault('f', p.proowner)), false, NULL::aclitem[]
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_IS_WITHHELD}""",
    f"""SELECT '{WITHHELD_KIND}', 'relation pg_catalog.' || c.relname, c.relowner,
      coalesce(c.relacl, acldefault('r', c.relowner)), false, NULL::aclitem[] FROM pg_class c
    WHERE c.oid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_settings'::regclass)""",
    f"""SELECT '{WITHHELD_KIND}', 'column pg_catalog.pg_class.' || a.attname, 10::oid, a.attacl,
      false, NULL::aclitem[] FROM pg_attribute a
    WHERE a.attrelid = 'pg_catalog.pg_class'::regclass AND a.attname IN ({_listed(ESTIMATES)})""",
    f"""SELECT '{WITHHELD_KIND}', 'language ' || l.lanname, l.lanowner,
      coalesce(l.lanacl, acldefault('l', l.lanowner)), false, NULL::aclitem[]
    FROM pg_language l WHERE l.lanname IN ({_listed(LANGUAGES)})""",
    f"""SELECT '{STATEMENTS_KIND}', n.nspname || '.' || c.relname, c.relowner,
      coalesce(c.relacl, acldefault('r', c.relowner)), false, NULL::aclitem[]
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.{OWN} AND c.relname LIKE 'pg\\_stat\\_statements%' AND c.relkind = 'v'""",
    f"""SELECT '{STATEMENTS_KIND}', n.nspname || '.' || p.proname || '(' ||
      oidvectortypes(p.proargtypes) || ')', p.proowner,
      coalesce(p.proacl, acldefault('f', p.proowner)), false, NULL::aclitem[]
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.{OWN} AND p.proname LIKE 'pg\\_stat\\_statements%'""",
    f"""SELECT 'schema', n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)),
      n.oid < 16384 AND n.nspname <> 'public',
      {_INITIAL.format(oid="n.oid", catalog="pg_namespace", column="0")}
    FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp_'""",
    """SELECT 'database', d.datname, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)), false,
      NULL::aclitem[] FROM pg_database d WHERE d.datname = current_database()""",
    f"""SELECT 'language', l.lanname, l.lanowner, coalesce(l.lanacl, acldefault('l', l.lanowner)),
      l.oid < 16384, coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.objoid = l.oid
        AND i.classoid = 'pg_catalog.pg_language'::regclass), acldefault('l', l.lanowner))
    FROM pg_language l WHERE l.lanacl IS NOT NULL AND l.lanname NOT IN ({_listed(LANGUAGES)})""",
    """SELECT 'parameter', p.parname, 10, p.paracl, false, NULL::aclitem[]
    FROM pg_parameter_acl p""",
    """SELECT 'tablespace', t.spcname, t.spcowner, t.spcacl, false, NULL::aclitem[]
    FROM pg_tablespace t""",
)

GRANTS: Final = _EXPLODED.format(objects=" UNION ALL ".join(_GRANTED))
