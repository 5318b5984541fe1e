"""Files: what an export of the attacker's holds, and where an import that names the victim goes."""

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel
from assurance.prove.records import reference_columns
from assurance.prove.values import valid_value, wire
from auth.organization import mint_org_id
from jobs.transfer.exporting import export
from jobs.transfer.formats import Format
from jobs.transfer.importing import Import, Mode
from jobs.transfer.progress import NoProgress
from jobs.transfer.report import Report
from jobs.transfer.sources import MANIFEST, find_sources, is_loaded
from models.describe import Table
from repository.actor import Actor

_ACTOR: Final = Actor("palisade-prove", "palisade-prove", "prove")
_MADE: Final = frozenset({"id", "org_id", "created_at", "updated_at", "version"})
_TAKEN: Final = "a foreign id"
# Past those of the records that mutations make, and before texts of patterns begin again.
_FIRST_INDEX: Final = 3_000
_ATTEMPTS: Final = 4


class Exports:
    """All that exports of the attacker's write: in each format, and asked for by operators."""

    name = "exports"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """Each file is searched; the attacker's own canaries are the control."""
        for format in Format:
            yield Probe(
                f"export as {format}",
                f"palisade export FOLDER --org {duel.attacker.slug} --format {format}",
                lambda format=format: _exported(duel, format),  # type: ignore[misc]
            )
        if duel.service.export_dir is not None:
            how = "mutation { exportOrganization }, by an operator"
            yield Probe("export by the service", how, lambda: _by_service(duel))


class Imports:
    """Files that name the victim's organisation, its records' ids, and references to them."""

    name = "imports"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """A file with nothing foreign in it is the control of each type."""
        index = itertools.count(_FIRST_INDEX)
        for table in duel.catalog.exposed:
            chosen = duel.types is None or table.type in duel.types
            if not chosen or not is_loaded(table) or table.type not in duel.foreign_ids():
                continue
            whole, control = await _control(duel, table, index)
            how = f"palisade import {table.type}.jsonl --org {duel.attacker.slug}"
            row = _row(duel, table, next(index), whole=whole)

            async def named(
                table: Table = table, row: Mapping[str, Any] = row, control: str = control
            ) -> Evidence:
                return await _attempted(duel, table, row, control=control, of=duel.victim.slug)

            yield Probe("import of a folder that names another organisation", how, named)
            for name, change in _changes(duel, table).items():
                if name == _TAKEN and not table.exposure.delete:
                    continue  # it could not be taken away again
                row = {**_row(duel, table, next(index), whole=whole), **change}

                async def run(
                    table: Table = table, row: Mapping[str, Any] = row, control: str = control
                ) -> Evidence:
                    return await _attempted(duel, table, row, control=control)

                sent = tuple(map(str, change.values()))
                yield Probe(f"import with {name}", how, run, sent=sent)


async def _exported(duel: Duel, format: Format) -> Evidence:
    with tempfile.TemporaryDirectory(prefix="palisade-prove-") as folder:
        target = Path(folder) / "export"
        await export(
            duel.service.database,
            mint_org_id(duel.attacker.org_id),
            _ACTOR,
            target,
            slug=duel.attacker.slug,
            format=format,
            progress=NoProgress(),
        )
        return _searched(duel, target)


async def _by_service(duel: Duel) -> Evidence:
    assert duel.service.export_dir is not None
    text = "mutation ($slug: String!) { exportOrganization(input: {slug: $slug}) { name } }"
    token = duel.service.issuer.issue_operator(subject="operator")
    # The victim is exported first, so that what is kept of it is found.
    for party in (duel.victim, duel.attacker):
        answer = await duel.ask_as(token, text, {"slug": party.slug})
    name = (answer.data.get("exportOrganization") or {}).get("name")
    if not name:
        return Evidence("", proven=False)
    return _searched(duel, duel.service.export_dir / name)


def _searched(duel: Duel, folder: Path) -> Evidence:
    text = "\n".join(
        f"{file.name}\n{file.read_bytes().decode(errors='replace')}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    )
    return Evidence(text, proven=duel.attacker.mark in text)


def _changes(duel: Duel, table: Table) -> Mapping[str, Mapping[str, Any]]:
    """What of the victim's stands in a row."""
    found: dict[str, Mapping[str, Any]] = {
        "a foreign organisation": {"orgId": str(duel.victim.org_id)},
        "a foreign org_id": {"org_id": str(duel.victim.org_id)},
        # Not the first one, whose id others use: the log of changes keeps it.
        _TAKEN: {"id": str(duel.victim.rows[table.type][-1]["id"])},
    }
    for name, relation in reference_columns(table).items():
        column = table.by_name[name]
        if column.exposed and relation.target in duel.foreign_ids():
            foreign = str(duel.foreign_ids()[relation.target])
            return {**found, "a foreign reference": {column.field: foreign}}
    return found


def _row(duel: Duel, table: Table, index: int, *, whole: bool) -> dict[str, Any]:
    """A good row; ``whole``: with the references that it can do without."""
    row: dict[str, Any] = {}
    references = reference_columns(table)
    for column in table.columns:
        if not column.exposed or column.name in _MADE:
            continue
        if column.name not in references:
            value = valid_value(column, table, mark=duel.attacker.mark, index=index)
            row[column.field] = wire(column, value)
        elif whole or not column.nullable:
            own = duel.attacker.rows[references[column.name].target]
            # Of several references, each leads to another record.
            place = index * (list(references).index(column.name) + 1)
            row[column.field] = str(own[place % len(own)]["id"]) if own else None
    return row


async def _control(duel: Duel, table: Table, index: Iterator[int]) -> tuple[bool, str]:
    """Whether good rows are whole ones, and why none is stored; empty where one is."""
    refused = ""
    for whole in (False, True) * _ATTEMPTS:
        report = await _imported(duel, table, _row(duel, table, next(index), whole=whole))
        if report.of(table.type).created == 1:
            return whole, ""
        refused = "; ".join(map(str, report.first))
    return False, refused


async def _attempted(
    duel: Duel, table: Table, row: Mapping[str, Any], *, control: str, of: str | None = None
) -> Evidence:
    """Whether it is refused or lands among the attacker's records, the victim's are untouched."""
    witness, victim, attacker = duel.service.witness, duel.victim, duel.attacker
    before = await witness.rows_of(table, victim.org_id)
    report = await _imported(duel, table, row, of=of)
    problems = []
    if await witness.rows_of(table, victim.org_id) != before:
        problems.append(f"records of {table.type} of {victim.name} changed")
    stored = await witness.rows_of(table, attacker.org_id)
    for name, relation in reference_columns(table).items():
        foreign = duel.foreign_ids().get(relation.target)
        if any(record[name] == foreign for record in stored):
            problems.append(f"a {table.type} of the attacker's refers to {foreign}")
    if "id" in row:
        # It would be an own id from here on, and the victim's could not be told from it.
        repository = duel.service.database.of(mint_org_id(attacker.org_id), _ACTOR).of(table)
        if await repository.get_many([UUID(row["id"])]) != [None]:
            await repository.delete(UUID(row["id"]))
    return Evidence("\n".join(map(str, report.first)), tuple(problems), not control, control)


async def _imported(
    duel: Duel, table: Table, row: Mapping[str, Any], *, of: str | None = None
) -> Report:
    """``of``: the organisation that a manifest beside the file names."""
    with tempfile.TemporaryDirectory(prefix="palisade-prove-") as folder:
        file = Path(folder) / f"{table.type}.jsonl"
        file.write_bytes(orjson.dumps(row) + b"\n")
        if of is not None:
            manifest = {"palisadeExport": 1, "organisation": of, "types": {}}
            (file.parent / MANIFEST).write_bytes(orjson.dumps(manifest))
        sources, _ = find_sources(duel.catalog, file if of is None else file.parent, None)
        report = Report()
        run = Import(
            duel.service.database,
            mint_org_id(duel.attacker.org_id),
            _ACTOR,
            report=report,
            progress=NoProgress(),
            mode=Mode.BATCHES,
        )
        await run.run(sources)
    return report
