"""What docs/isolation.md lists and what the doctor goes by are one list."""

import re
from pathlib import Path

from assurance.doctor.privileged import PRIVILEGED, Privileged

DOCUMENT = Path(__file__).parent.parent.parent.parent / "docs" / "isolation.md"
ROW = re.compile(r"^\| (?:(role|table) )?`([\w.]+)(\(.*?\))?`( \(definer\))? \|", re.MULTILINE)


def test_document_lists_what_the_doctor_goes_by() -> None:
    text = DOCUMENT.read_text().partition("## Everything privileged")[2].partition("\n## ")[0]
    documented = {
        Privileged(kind or "function", name, definer=bool(definer))
        for kind, name, _, definer in ROW.findall(text)
        if kind or name.startswith("palisade.")
    }
    assert documented == set(PRIVILEGED)
    assert len(documented) == len(PRIVILEGED)
