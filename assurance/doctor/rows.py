"""Rows of the tables of no organisation that can't be right, for those who may read them.

Row level security does not guard these tables and the application role reads none, so that the
owner has to look. Of organisations' own rows only their short names are compared, by superusers.
"""

from typing import Final

import asyncpg

from assurance.doctor.snapshot import Other

_MAY_SEE: Final = """
SELECT coalesce(bool_and(has_table_privilege(to_regclass(name), 'SELECT')), false)
FROM unnest(ARRAY['palisade.context_key', 'palisade.directory_entry']) AS name
"""

# What is accepted for longer than any overlap has no end.
_KEYS: Final = """
WITH accepted AS (
  SELECT id, created_at, retires_at,
    coalesce(retires_at, 'infinity') > now() + interval '30 days' AS lasts
  FROM palisade.context_key WHERE coalesce(retires_at, 'infinity') > now())
SELECT 'former context key', id, 'accepted until ' || retires_at FROM accepted WHERE NOT lasts
UNION ALL
SELECT 'lasting context key', id, 'one of ' || (SELECT count(*) FROM accepted WHERE lasts)
  || ', made on ' || created_at::date || ', with no end' FROM accepted
WHERE lasts AND (SELECT count(*) FROM accepted WHERE lasts) > 1
"""

_ENTRIES: Final = """
(SELECT 'directory entry', kind || ' ' || key, 'leads to ' || org_id
 FROM palisade.directory_entry WHERE kind = 'id' AND key <> org_id::text LIMIT 100)
UNION ALL
(SELECT 'directory entry', 'of organisation ' || org_id, 'these lead there: ' ||
   string_agg(kind || ' ' || key, ', ' ORDER BY kind, key) FROM palisade.directory_entry
 GROUP BY org_id HAVING count(*) FILTER (WHERE kind = 'id') <> 1
   OR count(*) FILTER (WHERE kind = 'slug') <> 1 OR count(*) > 3 LIMIT 100)
"""

_SEES_ORGANISATIONS: Final = """
SELECT coalesce(has_table_privilege(o, 'SELECT') AND NOT row_security_active(o), false)
FROM to_regclass('data.organization') AS o
"""
_NAMES: Final = """
SELECT 'directory entry', 'slug ' || d.key, 'leads to the organisation ' || o.slug
FROM palisade.directory_entry d JOIN data.organization o ON o.id = d.org_id
WHERE d.kind = 'slug' AND d.key <> o.slug LIMIT 100
"""


async def read_rows(connection: asyncpg.Connection) -> tuple[Other, ...]:
    """What is wrong with rows; nothing, for a role that may not look."""
    if not await connection.fetchval(_MAY_SEE):
        return ()
    found = [*await connection.fetch(_KEYS), *await connection.fetch(_ENTRIES)]
    if await connection.fetchval(_SEES_ORGANISATIONS):
        found += await connection.fetch(_NAMES)
    return tuple(Other(*row) for row in found)
