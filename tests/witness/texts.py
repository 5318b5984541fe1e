"""What stands in the text of a statement: the organisation in its inserts, and its literals.

Every value is bound. What is left in the text are names of the description, the constants below,
and the keys of the answer, which a client chooses and GraphQL's grammar makes names.
"""

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r"E?'(?P<text>(?:[^']|'')*)'|\"(?:[^\"]|\"\")*\"|\$\d+|[A-Za-z_][\w$]*|(?P<number>\d+(?:\.\d+)?)"
)
_NAME: Final = r"[_A-Za-z][_0-9A-Za-z]*"
# JSON without values but for those that are of nobody, the mask among them.
_SKELETON: Final = re.compile(rf'(?:[\[\]{{}},:]|"{_NAME}"|"\*\*\*"|"|:null|:false|:true)*')
_CONSTANTS: Final = frozenset(
    {
        *("null", "UTC", "UTF8", "base64", "+/=\\n", "-_"),
        *("9999-12-31 23:59:59.999999+00", "0001-01-01 00:00:00+00", "9999-12-31", "0001-01-01"),
        *('YYYY-MM-DD"T"HH24:MI:SS.US"Z"', "YYYY-MM-DD"),
    }
)
_NUMBERS: Final = frozenset({"0", "1"})

# Where a literal belongs to the statement: a cursor's mark of its order, the number of a set, a
# type's digits, the most rows that are searched, the rows of a step of an erasure.
_KNOWN: Final = re.compile(
    r"jsonb?_build_array\('[0-9a-f]{8}'"
    r"|\brow\(\d+"
    r"|\bNUMERIC\(\d+, \d+\)"
    r"|count\(\*\) > \d+ THEN palisade\.refuse_search\("
    r"|\.org_id = \$2 LIMIT \d+\) AS"
    r"|ORDER BY s\.id LIMIT \d+\)\)"
)
_INSERT: Final = re.compile(r"INSERT INTO data\.\"?\w+\"? \(([^)]*)\) VALUES ")
_ORG_VALUE: Final = re.compile(
    r"(?:CASE WHEN \(?palisade\.enter\(\$\d+(?:::\w+)?\)\)? THEN )?\$(\d+)::UUID(?: END)?"
)


def strange_literals(sql: str, *, names: frozenset[str]) -> list[str]:
    """The literals that are neither constants nor names of the description."""
    found = []
    for match in _TOKEN.finditer(_KNOWN.sub(" ", sql)):
        text, number = match["text"], match["number"]
        if text is not None:
            plain = _SKELETON.fullmatch(text) or text in _CONSTANTS or text in names
            if not plain:
                found.append(text)
        elif number is not None and number not in _NUMBERS:
            found.append(number)
    return found


def insert_org_places(sql: str) -> Iterator[int | None]:
    """For each row that is inserted, the parameter that is its ``org_id``; None for anything else."""
    for match in _INSERT.finditer(sql):
        columns = [name.strip(' "') for name in match[1].split(",")]
        place = columns.index("org_id") if "org_id" in columns else None
        for row in _rows(sql, match.end()):
            value = None if place is None else _ORG_VALUE.fullmatch(row[place].strip())
            yield int(value[1]) if value else None


def _rows(sql: str, start: int) -> Iterator[list[str]]:
    """The rows of VALUES from here on, each as the texts of its values."""
    while start < len(sql) and sql[start] == "(":
        depth, begin, row = 0, start + 1, []
        for place in range(start, len(sql)):
            character = sql[place]
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
            if depth == 0 or (depth == 1 and character == ","):
                row.append(sql[begin:place])
                begin = place + 1
            if depth == 0:
                start = place + 1
                break
        yield row
        start += len(sql[start:]) - len(sql[start:].lstrip(", \n"))
