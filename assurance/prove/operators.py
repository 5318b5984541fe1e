"""What only an operator may ask for, asked for by somebody of an organisation."""

from collections.abc import AsyncIterator
from typing import Final

from assurance.prove.attacks import AnyAttack, Evidence, Probe
from assurance.prove.duel import Duel
from assurance.prove.parties import new_slug

OPERATED: Final = {
    "createOrganization": '(input: {slug: $slug, name: "New"}) { id slug }',
    "freezeOrganization": '(input: {slug: $slug, reason: "R"}) { id slug status settled }',
    "thawOrganization": '(input: {slug: $slug, reason: "R"}) { id slug status settled }',
    "exportOrganization": "(input: {slug: $slug}) { name records digest }",
    "eraseOrganization": (
        '(input: {slug: $slug, confirm: $slug, reason: "R"}) { slug erased certificate }'
    ),
}


class Operators:
    """The lifecycle of organisations: refused alike whoever is meant; an operator's is done."""

    name = "operators"

    async def attacks(self, duel: Duel) -> AsyncIterator[AnyAttack]:
        """On the victim, on the attacker's own, and on one that nobody has."""
        slug = new_slug(duel.attacker.slug)
        for name, rest in OPERATED.items():
            text = f"mutation ($slug: String!) {{ {name}{rest} }}"

            async def run(name: str = name, text: str = text) -> Evidence:
                return await _tried(duel, name, text, slug)

            yield Probe("operators only", text, run)


async def _tried(duel: Duel, name: str, text: str, slug: str) -> Evidence:
    aims = [slug]
    if name != "createOrganization":
        aims += [duel.victim.slug, duel.attacker.slug]
    answers = [await duel.ask(text, {"slug": aim}, by=duel.attacker) for aim in aims]
    problems = []
    if len(set(answers)) != 1:
        problems.append(f"answered differently: {[one.body for one in answers]!r}")
    if answers[0].codes != {"FORBIDDEN"}:
        problems.append(f"not refused: {answers[0].body!r}")
    if not duel.service.operators and name != "createOrganization":
        return Evidence(answers[0].text, tuple(problems))
    operator = duel.service.issuer.issue_operator(subject="operator")
    done = await duel.ask_as(operator, text, {"slug": slug})
    missing = name == "exportOrganization" and duel.service.export_dir is None
    return Evidence(answers[0].text, tuple(problems), proven=missing or not done.codes)
