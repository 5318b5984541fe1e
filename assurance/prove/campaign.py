"""Carries attacks out, each with its control and beside its victim, and has them judged."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final

from assurance.prove.attacks import AnyAttack, Attack, Evidence, Guess, Knock, Probe
from assurance.prove.duel import Duel
from assurance.prove.judgements import Judge, Problem, leaks
from assurance.prove.report import Count, Finding, Report
from assurance.prove.transport import Answer, Request
from assurance.prove.unknown import OwnResolvers
from repository.ids import new_id

UNDECODABLE: Final = ("nonsense", "", "0")
# How many reads are under way at once.
_WIDTH: Final = 6
# What judging an answer of another form comes to.
_OTHER_FORM: Final = (AttributeError, LookupError, TypeError, ValueError)
# Of one rule broken by one kind of attack, more would only hide the others.
_MOST_FINDINGS: Final = 20

Judged = tuple[AnyAttack, Mapping[str, Any], int, int, list[Problem]]


class Campaign:
    """Fills one report with what attacks of one duel came to."""

    def __init__(self, duel: Duel, report: Report, tell: Callable[[str], None]) -> None:
        self._duel = duel
        self._judge = Judge(duel)
        self._report = report
        self._tell = tell
        self._entrance = ""

    async def carry(self, entrance: str, attacks: AsyncIterator[AnyAttack]) -> None:
        """All attacks of an entrance; a finding where it can't even begin with them."""
        self._entrance = entrance
        try:
            await self._all(attacks)
        except (AssertionError, *_OTHER_FORM) as error:
            told = f"{type(error).__name__}: {error}"
            found = Finding("what attacks begin with is answered", entrance, "", told)
            self._report.findings.append(found)

    async def _all(self, attacks: AsyncIterator[AnyAttack]) -> None:
        """Reads several at once, writes alone and in order."""
        under_way: deque[asyncio.Task[Judged]] = deque()
        try:
            async for attack in attacks:
                await self._end(under_way, left=0 if _alone(attack) else _WIDTH - 1)
                if _alone(attack):
                    self._note(await self._one(attack))
                else:
                    under_way.append(asyncio.create_task(self._one(attack)))
            await self._end(under_way, left=0)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _end(self, under_way: deque[asyncio.Task[Judged]], *, left: int) -> None:
        while len(under_way) > left:
            self._note(await under_way.popleft())

    async def _one(self, attack: AnyAttack) -> Judged:
        try:
            return await self._carried(attack)
        except _OTHER_FORM as error:
            evidence = f"{type(error).__name__}: {error}"
            return attack, {}, 1, 0, [Problem("answers have the form of what was asked", evidence)]

    async def _carried(self, attack: AnyAttack) -> Judged:
        match attack:
            case Attack(frozen=True):
                return await self._frozen(attack)
            case Attack() if attack.aimed:
                return await (self._write(attack) if attack.writes else self._volley(attack))
            case Attack():
                return await self._read(attack)
            case Guess():
                return await self._guess(attack)
            case Knock():
                return await self._knock(attack)
            case Probe():
                return await self._probe(attack)

    async def _read(self, attack: Attack) -> Judged:
        """The victim asks the same before and meanwhile, so that what they share is found."""
        duel = self._duel
        variables = duel.fill(attack.variables, None)
        if attack.writes:
            answer = await duel.ask(attack.text, variables, by=duel.attacker)
            if attack.changes:
                await duel.look(attack.changes)
            else:
                await duel.look()
            return attack, variables, 1, 1, list(self._judge.read(attack, answer))
        await duel.ask(attack.text, variables, by=duel.victim)
        victims, answer = await asyncio.gather(
            duel.ask(attack.text, variables, by=duel.victim),
            duel.ask(attack.text, variables, by=duel.attacker),
        )
        problems = list(self._judge.read(attack, answer))
        problems += leaks(duel, victims, to=duel.victim)
        return attack, variables, 1, 1, problems

    async def _frozen(self, attack: Attack) -> Judged:
        duel = self._duel
        variables = duel.fill(attack.variables, "own")
        answer = await duel.ask(attack.text, variables, by=duel.attacker)
        return attack, variables, 1, 0, list(self._judge.frozen(attack, answer))

    async def _volley(self, attack: Attack) -> Judged:
        """A foreign id before and after its owner asked for it, and at the same time."""
        duel = self._duel
        foreign = duel.fill(attack.variables, "foreign")
        absent = str(new_id())

        async def by_attacker(id: str) -> Answer:
            return await duel.ask(attack.text, duel.fill(attack.variables, id), by=duel.attacker)

        misses = {"foreign": await by_attacker("foreign")}
        owners, misses["foreign, while its owner asks"], own = await asyncio.gather(
            duel.ask(attack.text, foreign, by=duel.victim),
            by_attacker("foreign"),
            by_attacker("own"),
        )
        misses["foreign, after its owner asked"] = await by_attacker("foreign")
        others = (absent, *UNDECODABLE)
        misses |= zip(others, await asyncio.gather(*map(by_attacker, others)), strict=True)
        problems = list(self._judge.volley(attack, misses, own))
        problems += leaks(duel, owners, to=duel.victim)
        return attack, foreign, len(misses), 1, problems

    async def _write(self, attack: Attack) -> Judged:
        duel = self._duel
        before = await duel.put(attack.states)
        foreign = duel.fill(attack.variables, "foreign")

        async def by_attacker(id: str) -> Answer:
            return await duel.ask(attack.text, duel.fill(attack.variables, id), by=duel.attacker)

        misses = {"foreign": await by_attacker("foreign")}
        others = (str(new_id()), *UNDECODABLE)
        misses |= zip(others, await asyncio.gather(*map(by_attacker, others)), strict=True)
        variables = duel.fill(attack.variables, "own")
        own = await duel.ask(attack.text, variables, by=duel.attacker)
        await duel.put(before)
        if attack.changes:
            await duel.look(attack.changes)
        problems = list(self._judge.volley(attack, misses, own))
        return attack, foreign, len(misses), 1, problems

    async def _guess(self, guess: Guess) -> Judged:
        """The victim asks for its own first, so that what is kept of it is found."""
        duel = self._duel
        if not guess.writes:
            await duel.ask(guess.text, guess.foreign, by=duel.victim)
        foreign = await duel.ask(guess.text, guess.foreign, by=duel.attacker)
        random = None
        if guess.random is not None:
            random = await duel.ask(guess.text, guess.random, by=duel.attacker)
        # The same a second time would be refused for what the first one stored.
        own = foreign
        if guess.own != guess.foreign:
            own = await duel.ask(guess.text, guess.own, by=duel.attacker)
        if guess.writes and not (foreign.codes and own.codes):
            await duel.look()
            duel.take(guess.sent[:1])
        problems = list(self._judge.guess(guess, foreign, random, own))
        return guess, guess.foreign, 1 + (random is not None), 1, problems

    async def _knock(self, knock: Knock) -> Judged:
        """The victim sends the same first, so that what is kept of it is found."""
        duel = self._duel
        if knock.signed:
            await duel.send(_request(knock, duel.victim.token))
        answer = await duel.send(_request(knock, duel.attacker.token))
        like = None
        if knock.like is not None:
            like = await duel.send(_request(knock.like, duel.attacker.token))
        problems = list(self._judge.knock(knock, answer, like))
        return knock, {}, 1, int(like is not None), problems

    async def _probe(self, probe: Probe) -> Judged:
        duel = self._duel
        try:
            evidence = await probe.run()
        except Exception as error:
            # Whatever stopped it: an attack that was not carried out proves nothing.
            evidence = Evidence("", (f"{type(error).__name__}: {error}",), proven=False)
        problems = [Problem(probe.label, one) for one in evidence.problems]
        for foreign in duel.foreign_to(duel.attacker):
            found = foreign.found_in(evidence.text, sent=probe.sent)
            problems += [
                Problem("no canary of another organisation", str(one)) for one in found[:5]
            ]
        if not evidence.proven:
            problems.append(Problem("its control succeeds", evidence.control, control=True))
        if probe.writes:
            await duel.look()
            duel.take(probe.sent)
        return probe, {}, 1, 1, problems

    def _note(self, judged: Judged) -> None:
        attack, variables, attacks, controls, problems = judged
        kind = _kind(attack)
        count = self._report.count(self._entrance, kind)
        count.attacks += attacks
        count.controls += controls
        broken = [problem for problem in problems if not problem.control]
        unproven = [problem for problem in problems if problem.control]
        count.failed += bool(broken)
        count.unproven += bool(unproven) and not broken
        count.held += not broken and not unproven
        for problem in problems:
            found = Finding(
                problem.rule,
                self._entrance,
                attack.label,
                problem.evidence,
                _how(attack),
                dict(variables),
                f"{self._duel.attacker.name}'s admin, attacking {self._duel.victim.name}",
                kind,
            )
            self._keep(found, self._report.unproven if problem.control else self._report.findings)
        self._tell(self._entrance)

    def _keep(self, found: Finding, among: list[Finding]) -> None:
        same = sum(
            (one.rule, one.entrance, one.kind) == (found.rule, found.entrance, found.kind)
            for one in among
        )
        if same < _MOST_FINDINGS:
            among.append(found)


def barren(report: Report) -> Iterable[Finding]:
    """Kinds of attack of which no control succeeded: nothing was proven by them."""
    for (entrance, kind), count in report.counts.items():
        # What a field of unknown meaning takes is not known either: it is told as unproven.
        if _proved_nothing(count) and entrance != OwnResolvers.name:
            yield Finding("something is proven", entrance, kind, "no control succeeded")


def _proved_nothing(count: Count) -> bool:
    return count.unproven > 0 and count.held == 0 and count.failed == 0


def _alone(attack: AnyAttack) -> bool:
    return not isinstance(attack, Knock) and attack.writes


def _kind(attack: AnyAttack) -> str:
    if isinstance(attack, Attack) and attack.writes:
        verb = re.match("[a-z]+", attack.label)
        assert verb is not None
        return verb[0] if " " not in attack.label else f"{verb[0]} with a reference"
    return attack.label.partition(" with ")[0] if isinstance(attack, Guess) else attack.label


def _how(attack: AnyAttack) -> str:
    match attack:
        case Knock():
            headers = "\n".join(f"{name}: {value}" for name, value in attack.headers)
            body = attack.body.decode(errors="replace")
            return f"{attack.method} {attack.path}\n{headers}\n\n{body}"
        case Probe():
            return attack.how
        case _:
            return attack.text


def _request(knock: Knock, token: str) -> Request:
    signed = (("authorization", f"Bearer {token}"),) if knock.signed else ()
    return Request(knock.method, knock.path, (*signed, *knock.headers), knock.body)
