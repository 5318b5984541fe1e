"""docs/doctor.md has every rule and every flaw, as the code has them."""

from pathlib import Path

from assurance.doctor.advisories import ADVISORIES
from assurance.doctor.rules.all import RULES

DOCUMENT = Path(__file__).parent.parent.parent.parent / "docs" / "doctor.md"


def test_document_has_every_rule_in_its_order() -> None:
    wanted = [
        f"| `{rule.name}` | {rule.severity} | {rule.looks_at} | {rule.fix} |"
        for rule in RULES.values()
    ]
    assert [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")] == wanted


def test_document_has_every_flaw() -> None:
    wanted = [
        f"| {flaw.cve} | {flaw.what} | {', '.join(f'{k}.{v}' for k, v in flaw.fixed.items())} |"
        for flaw in ADVISORIES
    ]
    lines = DOCUMENT.read_text().splitlines()
    assert [line for line in lines if line.startswith("| CVE-")] == wanted


def test_rules_are_named_once_and_say_what_to_do() -> None:
    for name, rule in RULES.items():
        assert name == rule.name == name.lower()
        assert rule.fix.endswith((".", ")"))
        assert rule.looks_at
