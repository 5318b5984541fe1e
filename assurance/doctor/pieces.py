"""Pieces of SQL that several questions to the catalog share.

What PostgreSQL itself makes has an oid below 16384.
"""

from typing import Final

OWN: Final = "oid >= 16384"

NAME: Final = "n.nspname || '.' || c.relname"

# What belongs to an extension is judged with it; plpgsql's own objects are built in.
_NO_MEMBER: Final = """NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype = 'e'
  AND d.refclassid = 'pg_extension'::regclass AND e.extname <> 'plpgsql')"""


def no_member(catalog: str, oid: str) -> str:
    return _NO_MEMBER.format(catalog=f"pg_catalog.{catalog}", oid=oid)
