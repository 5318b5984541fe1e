"""Whether a statement names the organisation at every table it reads or writes."""

import re

REFERENCE = re.compile(r"(\bINTO|\bFROM|\bJOIN|\bUPDATE|,)\s+(data\.\w+)\b(?!\.)(?: AS (\w+))?")
# A row begins with the organisation, which may be given once its context is entered only.
_OWN_ORG = re.compile(r"VALUES \((\$\d|CASE WHEN palisade\.enter\(\$1\S*\) THEN \$\d)")
_ANY_REFERENCE = re.compile(r"\bdata\.\w+\b(?!\.)")


def unscoped(sql: str) -> list[str]:
    """The table references of a statement that no ``org_id =`` speaks of.

    Text that reaches for a table in any other way than this module knows is one as well.
    """
    found = list(REFERENCE.finditer(sql))
    known = {match.start(2) for match in found}
    missing = [
        f"unknown: {sql[match.start() - 20 : match.end() + 20]}"
        for match in _ANY_REFERENCE.finditer(sql)
        if match.start() not in known
    ]
    for match in found:
        keyword, table, alias = match.groups()
        if keyword == "INTO":
            columns = sql[match.end() :].lstrip()
            if not columns.startswith("(org_id, ") or not _OWN_ORG.search(columns):
                missing.append(table)
        elif not re.search(rf"(?<![\w.]){re.escape(alias or table)}\.org_id = \$\d+", sql):
            missing.append(f"{table} AS {alias}")
    return missing
