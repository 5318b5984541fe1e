"""Own models that change between two starts of the process, and what a database is made of."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import asyncpg
import pytest

from repository.walls import PolicyForm
from tests.conftest import Urls

ROOT = Path(__file__).parents[2]
STEPS = """
import asyncio, json, sys
from migrations.runner import MigrationError, build, make_revision, migrate, outdated
from models.registry import load_catalog
from repository.walls import PolicyForm

package, form, steps = sys.argv[1], PolicyForm(sys.argv[2]), json.loads(sys.argv[3])
catalog = load_catalog([package])

async def take(step, url, *rest):
    try:
        match step:
            case "make":
                path = await make_revision(url, catalog, [package], message=rest[0])
                return path and path.name
            case "migrate":
                lines = []
                await migrate(url, catalog, [package], form=form, report=lines.append)
                return lines
            case "build":
                await build(url, catalog, form=form)
            case "outdated":
                return await outdated(url, catalog, [package])
    except MigrationError as error:
        return {"refused": str(error)}

print(json.dumps([asyncio.run(take(*step)) for step in steps]))
"""

_CATALOG = {
    "schemas": """
        SELECT n.nspname, pg_get_userbyid(n.nspowner), a.grantee::regrole, a.privilege_type
          FROM pg_namespace n LEFT JOIN LATERAL aclexplode(n.nspacl) a ON true
         WHERE n.nspname IN ('data', 'palisade')""",
    "tables": """
        SELECT c.oid::regclass, c.relkind, pg_get_userbyid(c.relowner), c.relrowsecurity,
               c.relforcerowsecurity, c.relpersistence, c.reloptions, obj_description(c.oid)
          FROM pg_class c WHERE c.relnamespace IN ('data'::regnamespace, 'palisade'::regnamespace)
           AND c.relkind NOT IN ('i')""",
    "grants": """
        SELECT c.oid::regclass, a.grantor::regrole, a.grantee::regrole, a.privilege_type,
               a.is_grantable
          FROM pg_class c, LATERAL aclexplode(c.relacl) a
         WHERE c.relnamespace IN ('data'::regnamespace, 'palisade'::regnamespace)""",
    "columns": """
        SELECT c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), l.collname,
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
               a.attidentity, a.attgenerated, a.attacl
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
               AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
          LEFT JOIN pg_collation l ON l.oid = a.attcollation
         WHERE c.relnamespace IN ('data'::regnamespace, 'palisade'::regnamespace)
           AND c.relkind IN ('r', 'v', 'p')""",
    "constraints": """
        SELECT k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated,
               k.condeferrable
          FROM pg_constraint k
         WHERE k.connamespace IN ('data'::regnamespace, 'palisade'::regnamespace)""",
    "indexes": """
        SELECT i.indrelid::regclass, pg_get_indexdef(i.indexrelid), i.indisvalid
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace IN ('data'::regnamespace, 'palisade'::regnamespace)""",
    "policies": "SELECT * FROM pg_policies",
    "functions": """
        SELECT p.oid::regprocedure, pg_get_userbyid(p.proowner), pg_get_functiondef(p.oid),
               array(SELECT (a.grantee::regrole, a.privilege_type)::text
                       FROM aclexplode(p.proacl) a ORDER BY 1)
          FROM pg_proc p
         WHERE p.pronamespace IN ('data'::regnamespace, 'palisade'::regnamespace)""",
    "triggers": """
        SELECT t.tgrelid::regclass, pg_get_triggerdef(t.oid) FROM pg_trigger t
         WHERE NOT t.tgisinternal""",
    "types": """
        SELECT t.oid::regtype FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
         WHERE t.typnamespace IN ('data'::regnamespace, 'palisade'::regnamespace)""",
}


async def catalog_of(urls: Urls) -> dict[str, list[str]]:
    """All that the two schemas are made of, the tables of revisions left out."""
    connection = await asyncpg.connect(urls.superuser)
    try:
        return {
            part: sorted(
                line
                for row in await connection.fetch(query)
                if "revision_of_" not in (line := repr(tuple(row)))
            )
            for part, query in _CATALOG.items()
        }
    finally:
        await connection.close()


class OwnPackage:
    """A package of own models; each `run` is a process of its own, for a model is declared once."""

    def __init__(self, folder: Path, form: PolicyForm) -> None:
        self.folder = folder
        self.revisions = folder / "harbour" / "migrations"
        self._form = form
        self.revisions.parent.mkdir()

    def write(self, models: str) -> None:
        (self.revisions.parent / "__init__.py").write_text(_IMPORTS + dedent(models))

    def run(self, *steps: tuple[str, ...]) -> list[object]:
        """What each step answers."""
        arguments = ["-W", "error", "-c", STEPS, "harbour", self._form.value, json.dumps(steps)]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answers: list[object] = json.loads(done.stdout.splitlines()[-1])
        return answers


_IMPORTS = """
import uuid
from enum import StrEnum
from sqlalchemy.orm import Mapped
from palisade import (
    Category, Model, Options, boolean, choice, decimal, integer, internal, reference, text
)

BUSINESS = internal(Category.BUSINESS)
"""


@pytest.fixture
def own(tmp_path: Path, policy_form: PolicyForm) -> OwnPackage:
    return OwnPackage(tmp_path, policy_form)


@pytest.fixture
def empty(make_database: Callable[[], Urls]) -> Urls:
    """A database without anything."""
    return make_database()


@pytest.fixture
def built(make_database: Callable[[], Urls]) -> Urls:
    """Another one, to build from the models what `empty` is migrated to."""
    return make_database()


@pytest.fixture
def rebuilt(make_database: Callable[[], Urls]) -> Urls:
    """A third one."""
    return make_database()
