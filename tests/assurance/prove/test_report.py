"""The report, for people and for programs."""

import orjson

from assurance.prove.campaign import barren
from assurance.prove.report import Finding, Report


def made() -> Report:
    report = Report(seed=7, orgs=2)
    count = report.count("ids", "points")
    count.attacks, count.controls, count.held, count.failed = 7, 1, 0, 1
    report.findings.append(
        Finding("own ids only", "ids", "points", "x of B", "{ a }", {"id": "x"}, "A's admin")
    )
    report.requests, report.seconds = 8, 2.0
    report.versions = {"Python": "3.11"}
    report.reached = {"fields": (3, 4)}
    return report


def test_markdown_tells_how_to_repeat_a_finding() -> None:
    text = made().as_markdown()
    for part in ("**1 findings.**", "own ids only", "{ a }", "'id': 'x'", "A's admin", "--seed 7"):
        assert part in text
    assert "| ids | points | 7 | 1 | 0 | 1 | 0 |" in text
    assert "3 of 4 fields" in text


def test_json_has_all_of_it() -> None:
    found = orjson.loads(orjson.dumps(made().as_json()))
    assert found["held"] is False
    assert found["requestsPerSecond"] == 4.0
    assert found["findings"][0]["variables"] == {"id": "x"}
    assert found["counts"][0]["failed"] == 1


def test_a_kind_without_any_control_proves_nothing() -> None:
    report = Report(seed=1, orgs=2)
    report.count("ids", "points").unproven = 3
    report.count("ids", "filters").unproven = 1
    report.count("ids", "filters").held = 1
    assert [found.label for found in barren(report)] == ["points"]


def test_every_kind_that_is_unproven_is_told_with_its_count() -> None:
    report = Report(seed=1, orgs=2)
    for kind, count in (("posture", 30), ("refreshFindings", 2)):
        report.count("own resolvers", kind).unproven = count
        label = f"{kind} with a text"
        report.unproven.append(Finding("r", "own resolvers", label, f"no {kind}", kind=kind))
    text = report.as_markdown()
    assert "32 judgements are unproven" in text
    assert "- own resolvers, posture (30); the first, posture with a text: no posture" in text
    assert "- own resolvers, refreshFindings (2); the first, refreshFindings with a" in text
