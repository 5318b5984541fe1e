"""CSV and JSON Lines give the same rows, and a written file reads back as it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.transfer.formats import Format, RawRow, encoder_of, read_rows
from jobs.transfer.lines import FileRefused
from jobs.transfer.problems import Code
from models.describe import Catalog, Table


@pytest.fixture
def specimen(catalog: Catalog) -> Table:
    return catalog.tables["Specimen"]


def rows(path: Path, table: Table, content: str, format: Format) -> list[RawRow]:
    path.write_bytes(content.encode())
    return list(read_rows(path, table, format))


def values(path: Path, table: Table, content: str, format: Format = Format.csv) -> list[Any]:
    return [
        row.refusal.code.value if row.refusal else dict(row.values)
        for row in rows(path, table, content, format)
    ]


def test_csv_cells_become_json_values(tmp_path: Path, specimen: Table) -> None:
    content = (
        "label,rank,atoms,weight,price,alive,tags,facts,code\r\n"
        'one,7,12345678901234567890,1.5,0.10,TRUE,"[""a"",""b""]","{""k"":1}",\r\n'
        '"a, ""b""",x,1,y,z,false,[],null,""""""\r\n'
    )
    assert values(tmp_path / "f", specimen, content) == [
        {
            "label": "one",
            "rank": 7,
            "atoms": "12345678901234567890",
            "weight": 1.5,
            "price": "0.10",
            "alive": True,
            "tags": ["a", "b"],
            "facts": {"k": 1},
            "code": None,
        },
        {
            "label": 'a, "b"',
            "rank": "x",
            "atoms": "1",
            "weight": "y",
            "price": "z",
            "alive": False,
            "tags": [],
            "facts": None,
            "code": "",
        },
    ]


def test_empty_cell_of_a_field_with_a_default_says_nothing(tmp_path: Path, specimen: Table) -> None:
    content = "label,alive,code\n,,\n"
    assert values(tmp_path / "f", specimen, content) == [{"label": None, "code": None}]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("one", "BROKEN_ROW"),
        ("one,AB-1234,more", "BROKEN_ROW"),
        ('one,"AB"x', "BROKEN_ROW"),
        ("one\rtwo,AB", "BROKEN_ROW"),
    ],
)
def test_broken_csv_row_is_told_and_the_next_is_read(
    tmp_path: Path, specimen: Table, row: str, code: str
) -> None:
    found = values(tmp_path / "f", specimen, f"label,code\n{row}\ntwo,AB-1234\n")
    assert found == [code, {"label": "two", "code": "AB-1234"}]


@pytest.mark.parametrize(
    "header", ["", "\n", "one;two\n", "a,b\n", "label,label\n", '"label\n', "label", "la\0bel\n"]
)
def test_header_that_names_no_field_is_refused(
    tmp_path: Path, specimen: Table, header: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        values(tmp_path / "f", specimen, header)
    assert refused.value.code in (Code.BAD_HEADER, Code.NUL_BYTE)
    assert values(tmp_path / "f", specimen, "label\n") == []


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "1", '{"a":1}{"b":2}', "{'a':1}", '{"a":NaN}', '{"a":"\\ud800"}', "[" * 5000],
)
def test_broken_json_line_is_told_and_the_next_is_read(
    tmp_path: Path, specimen: Table, line: str
) -> None:
    content = f'{line}\n\n{{"label":"two"}}'
    found = values(tmp_path / "f", specimen, content, Format.jsonl)
    assert found == ["BROKEN_ROW", {"label": "two"}]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
things = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


@pytest.mark.parametrize("format", Format)
@given(data=st.data())
def test_written_rows_read_back(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, format: Format, data: st.DataObject
) -> None:
    specimen = catalog.tables["Specimen"]
    given = {
        "label": data.draw(texts),
        "code": data.draw(st.none() | texts | st.sampled_from(["", '"', '""', '"""', '""""'])),
        "rank": data.draw(st.none() | st.integers(-(2**31), 2**31 - 1)),
        "weight": data.draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        "alive": data.draw(st.booleans()),
        "tags": data.draw(st.none() | st.lists(texts, max_size=3)),
        "facts": data.draw(things),
    }
    row = {column.field: given.get(column.field) for column in specimen.columns}
    start, encode = encoder_of(specimen, format)
    path = tmp_path_factory.mktemp("rows") / "f"
    path.write_bytes(start + encode(row) + encode(row))
    for read in read_rows(path, specimen, format):
        assert read.refusal is None
        assert {**read.values} | {f: None for f in row if f not in read.values} == row
