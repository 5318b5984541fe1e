"""Where the catalog's own rows contradict each other, or what PostgreSQL was made with.

A superuser may change them by hand, and then what is shown as SQL is not what is done. Kinds of
trees with an operator name it and, beside it, the function that is called.
"""

from typing import Final

from assurance.doctor.pieces import NAME, OWN

# Each by the name of what it belongs to.
_TREES: Final = f"""
SELECT p.polname || ' on ' || p.polrelid::regclass, p.polqual::text FROM pg_policy p
UNION ALL
SELECT p.polname || ' on ' || p.polrelid::regclass, p.polwithcheck::text FROM pg_policy p
UNION ALL SELECT p.oid::regprocedure::text, p.prosqlbody::text FROM pg_proc p WHERE p.{OWN}
UNION ALL
SELECT k.conname || ' on ' || k.conrelid::regclass, k.conbin::text FROM pg_constraint k
WHERE k.{OWN}
UNION ALL SELECT d.adrelid::regclass::text, d.adbin::text FROM pg_attrdef d WHERE d.{OWN}
UNION ALL
SELECT x.indexrelid::regclass::text, concat(x.indexprs::text, x.indpred::text) FROM pg_index x
WHERE x.indexrelid >= 16384
"""

_OPERATORS: Final = f"""
SELECT DISTINCT 'stored operator', s.name, o.oid::regoperator || ' calls ' || m[2]::regproc
FROM ({_TREES}) AS s (name, tree), regexp_matches(s.tree, ':opno (\\d+) :opfuncid (\\d+)', 'g') AS m
JOIN pg_operator o ON o.oid = m[1]::oid WHERE m[2]::oid NOT IN (0, o.oprcode)
"""

_CALLED: Final = """trim(t.tgfoid::regproc::text, '"') COLLATE "C\""""

# Two triggers look after the rows that refer, and two after those that are referred to.
_KEYS: Final = f"""
SELECT 'unwatched foreign key', k.conname || ' on ' || {NAME},
  'watched by ' || coalesce(string_agg(t.tgfoid::regproc::text, ', '), 'nothing')
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger t ON t.tgconstraint = k.oid AND t.tgisinternal
  AND t.tgrelid IN (k.conrelid, k.confrelid),
LATERAL (SELECT '{{"a":"noaction","r":"restrict","c":"cascade","n":"setnull","d":"setdefault"}}'
  ::jsonb) AS words (called)
WHERE k.contype = 'f' AND k.{OWN} AND c.relkind = 'r'
  AND coalesce(to_jsonb(k) ->> 'conenforced', 'true')::boolean
GROUP BY k.oid, k.conname, k.confdeltype, k.confupdtype, n.nspname, c.relname, called
HAVING array_agg({_CALLED} ORDER BY {_CALLED}) IS DISTINCT FROM
  (SELECT array_agg('RI_FKey_' || one ORDER BY one COLLATE "C") FROM unnest(ARRAY[
    'check_ins', 'check_upd',
    called ->> k.confdeltype::text || '_del', called ->> k.confupdtype::text || '_upd']) AS one)
"""

_ARGUMENTS: Final = f"""
SELECT 'default argument', p.oid::regprocedure::text, pg_get_function_arguments(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'palisade' AND p.{OWN} AND p.pronargdefaults > 0
"""

# Everything built in is older than the extension that comes with it.
_FIRST: Final = """(SELECT x.xmin::text::bigint FROM pg_extension x WHERE x.extname = 'plpgsql')"""
_ALTERED: Final = " UNION ALL ".join(
    f"SELECT 'altered built-in {kind}', "
    f"(pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0)).identity, "
    f"'changed since the server was made' FROM pg_catalog.{catalog} o "
    f"WHERE o.oid < 16384 AND o.xmin::text::bigint > {_FIRST}"
    for kind, catalog in (
        ("object", "pg_operator"),
        ("object", "pg_cast"),
        ("object", "pg_opclass"),
        ("object", "pg_amop"),
        ("object", "pg_amproc"),
        ("view", "pg_rewrite"),
    )
)

# Grants touch all functions, but none of those that tell nothing of what they are called with.
_LEAKPROOF: Final = f"""
SELECT 'altered built-in object', p.oid::regprocedure::text, 'LEAKPROOF'
FROM pg_proc p WHERE p.oid < 16384 AND p.proleakproof AND p.xmin::text::bigint > {_FIRST}
"""
_REMEMBERED: Final = f"""
SELECT 'altered built-in object', pg_describe_object(i.classoid, i.objoid, i.objsubid),
  'its grants are remembered as initial, and are not'
FROM pg_init_privs i WHERE i.objoid < 16384 AND i.xmin::text::bigint > {_FIRST}
"""

# What belongs to an extension is not looked at one by one: so it has to be of the extension.
_MEMBERS: Final = """
SELECT 'extension member', pg_describe_object(d.classid, d.objid, 0), 'of ' || e.extname
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass
  AND d.refobjid = e.oid AND d.deptype = 'e' AND e.extname <> 'plpgsql'
LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
LEFT JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
WHERE d.classid NOT IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass)
  OR p.prosecdef OR l.lanname <> 'c' OR p.probin <> '$libdir/' || e.extname OR c.relkind <> 'v'
  OR EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend v ON v.classid = 'pg_rewrite'::regclass
    AND v.objid = r.oid AND v.refclassid = 'pg_class'::regclass
    WHERE r.ev_class = c.oid AND v.refobjid <> c.oid AND v.refobjid >= 16384)
"""

_COMMENTS: Final = f"""
SELECT 'comment', (pg_identify_object(d.classoid, d.objoid, d.objsubid)).identity, d.description
FROM pg_description d WHERE d.obj{OWN} AND NOT EXISTS (SELECT FROM pg_depend e
  WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
"""

STORED: Final = " UNION ALL ".join(
    (_OPERATORS, _KEYS, _ARGUMENTS, _ALTERED, _LEAKPROOF, _REMEMBERED, _MEMBERS, _COMMENTS)
)
