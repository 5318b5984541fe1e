"""Faults in one way of asking alone: each gives away what anybody was answered before."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from assurance.prove.target import Target
from assurance.prove.transport import Answer, Request, Transport
from tests.assurance.prove.test_proving import SMALL, Answering, proved, rules, target

__all__ = ["target"]

PLAN = replace(SMALL, entrances=("lists", "forms"), types=("Vendor",))
Condition = Callable[[Request, Answer], bool]


def text_of(request: Request) -> str:
    return str(orjson.loads(request.body)["query"])


def asker_of(request: Request) -> str:
    payload = dict(request.headers)["authorization"].split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    return str(claims["sub"])


FAULTS: dict[str, Condition] = {
    "fragments": lambda request, _: "fragment Shown" in text_of(request),
    "directives": lambda request, _: "@include(if: true)" in text_of(request),
    "other names": lambda request, _: "theirs:" in text_of(request),
    "the strict content type": lambda request, _: (
        "application/graphql-response+json" in dict(request.headers).get("accept", "")
    ),
    "answers to viewers": lambda request, _: asker_of(request).startswith("viewer"),
    "what is too complex": lambda _, answer: b"TOO_COMPLEX" in answer.body,
    "what can not be read": lambda _, answer: b"BAD_USER_INPUT" in answer.body,
    "introspection": lambda request, _: "__schema" in text_of(request),
}


# The others are for thorough runs.
SOON = ("fragments", "answers to viewers")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(name, marks=() if name in SOON else pytest.mark.thorough) for name in FAULTS],
)
async def test_a_fault_in_one_form_alone_is_found(target: Target, fault: str) -> None:
    report = await proved(target, leaking_where(FAULTS[fault]), PLAN)
    assert "no canary of another organisation" in rules(report)
    assert {finding.entrance for finding in report.findings} == {"forms"}


async def test_a_fault_in_refusals_of_another_version_is_found(target: Target) -> None:
    plan = replace(PLAN, entrances=("lists", "mutations"))
    stale = leaking_where(lambda _, answer: b"STALE" in answer.body)
    report = await proved(target, stale, plan)
    assert {(finding.label, finding.rule) for finding in report.findings} == {
        ("refusals of another version", "no canary of another organisation")
    }


def leaking_where(condition: Condition) -> Answering:
    """An answer of that kind has what anybody was told before behind it."""
    kept: list[bytes] = []

    async def leaking(request: Request, inner: Transport) -> Answer:
        answer = await inner.send(request)
        if kept and condition(request, answer):
            return replace(answer, body=answer.body + b"\n".join(kept[-20:]))
        if b"canary" in answer.body:
            kept.append(answer.body)
        return answer

    return leaking


async def test_every_form_has_its_control(target: Target) -> None:
    report = await proved(target, lambda request, inner: inner.send(request), PLAN)
    assert (report.findings, report.unproven) == ([], [])
    assert report.count("forms", "as viewer").held == 1
    assert report.count("forms", "introspection, strictly").held == 1
