"""Rules about functions: those of the walls, exactly as they were made, and none beside."""

from collections.abc import Callable, Iterator
from typing import Final

from assurance.doctor.bodies import KNOWN_BODIES, KNOWN_BUILT_INS, is_known
from assurance.doctor.expected import ENTER, ExpectedFunction
from assurance.doctor.privileged import PRIVILEGED
from assurance.doctor.rule import Examined, Hit, Rule, Severity
from assurance.doctor.snapshot import Function
from models.base import PRIVATE_SCHEMA
from repository.walls import OWNER

Trait = Callable[[Function, ExpectedFunction], str | None]

_KINDS: Final = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}


def _unexplained(examined: Examined) -> Iterator[Hit]:
    for function in examined.snapshot.functions:
        if not function.built_in and function.name not in examined.expected.functions:
            words = [f"{_KINDS.get(function.kind, function.kind)} of {function.owner}"]
            words.append(f"in {function.language}")
            if function.definer:
                words.append("SECURITY DEFINER")
                if not any(one.startswith("search_path=") for one in function.settings):
                    words.append("no search_path")
            if function.leakproof:
                words.append("LEAKPROOF")
            yield function.name, ", ".join(words)


def _unlisted(examined: Examined) -> Iterator[Hit]:
    listed = {(entry.kind, entry.name, entry.definer) for entry in PRIVILEGED}
    # One that runs as its caller has no privilege of its own.
    listed |= {(entry.kind, entry.name, False) for entry in PRIVILEGED}
    for function in examined.snapshot.functions:
        name = function.name.partition("(")[0]
        if not function.built_in and ("function", name, function.definer) not in listed:
            yield function.name, "definer" if function.definer else "not a definer"
    for relation in examined.snapshot.relations:
        known = relation.name in examined.expected.revisions or relation.schema != PRIVATE_SCHEMA
        if not known and ("table", relation.name, False) not in listed:
            yield relation.name, f"of {relation.owner}"


def _built_in(examined: Examined) -> Iterator[Hit]:
    for function in examined.snapshot.functions:
        if function.built_in and not function.name.startswith("pg_catalog.plpgsql_"):
            definer = ", SECURITY DEFINER" if function.definer else ""
            yield function.name, f"of {function.owner}, in {function.language}{definer}"


def _differing(examined: Examined) -> Iterator[Hit]:
    known = KNOWN_BUILT_INS.get(_major(examined))
    present = examined.snapshot.server.built_ins
    if known is not None and present != known:
        yield "server", f"the digest of its functions is {present}, and not {known}"


def _missing(examined: Examined) -> Iterator[Hit]:
    present = {function.name for function in examined.snapshot.functions}
    for name in examined.expected.functions:
        if name not in present:
            yield name, "there is no such function"


def _wanted(examined: Examined, function: Function) -> ExpectedFunction | None:
    if function.name == ENTER:
        for form in examined.expected.enter_forms:
            if form.source == (function.source if function.body is None else None):
                return form
    return examined.expected.functions.get(function.name)


def _compared(trait: Trait) -> Callable[[Examined], Iterator[Hit]]:
    def find(examined: Examined) -> Iterator[Hit]:
        for function in examined.snapshot.functions:
            wanted = _wanted(examined, function)
            if wanted is not None and (evidence := trait(function, wanted)):
                yield function.name, evidence

    return find


def _owner(function: Function, _: ExpectedFunction) -> str | None:
    return None if function.owner == OWNER else f"belongs to {function.owner}"


def _definer(function: Function, wanted: ExpectedFunction) -> str | None:
    if function.definer == wanted.definer:
        return None
    return "runs as its owner" if function.definer else "runs as its caller"


def _search_path(function: Function, wanted: ExpectedFunction) -> str | None:
    if function.settings == wanted.settings:
        return None
    return f"settings: {', '.join(function.settings) or 'none'}"


def _leakproof(function: Function, _: ExpectedFunction) -> str | None:
    return "LEAKPROOF: it is called before the policies have chosen" if function.leakproof else None


def _volatility(function: Function, wanted: ExpectedFunction) -> str | None:
    if (function.volatility, function.parallel) == (wanted.volatility, wanted.parallel):
        return None
    return f"volatility {function.volatility!r}, parallel {function.parallel!r}"


def _language(function: Function, wanted: ExpectedFunction) -> str | None:
    if (function.language, function.kind) == (wanted.language, "f"):
        return None
    return f"{_KINDS.get(function.kind, function.kind)} in {function.language}"


def _bodies(examined: Examined) -> Iterator[Hit]:
    for function in examined.snapshot.functions:
        wanted = _wanted(examined, function)
        if wanted is None:
            continue
        if wanted.source is not None:
            if function.body is not None or function.source != wanted.source:
                yield function.name, "its text is not the one that `palisade migrate` writes"
        elif function.body is None:
            yield function.name, "its body is a text, and was to be bound to what it names"
        elif not is_known(function.name, function.body) and _major(examined) in KNOWN_BODIES:
            yield function.name, "its body is not the one that `palisade migrate` writes"


def _unknown_bodies(examined: Examined) -> Iterator[Hit]:
    if _major(examined) in KNOWN_BODIES:
        return
    for function in examined.snapshot.functions:
        wanted = _wanted(examined, function)
        if wanted is None or wanted.source is not None or function.body is None:
            continue
        if not is_known(function.name, function.body):
            yield function.name, f"how PostgreSQL {_major(examined)} deparses it is not known"


def _major(examined: Examined) -> int:
    return examined.snapshot.server.version // 10_000


_MIGRATE: Final = "Run `palisade migrate`, which makes the functions anew; ask who changed it."
_AGAIN: Final = f"DROP FUNCTION, then `palisade migrate` as {OWNER}."

FUNCTION_RULES: Final = (
    Rule(
        "unexplained-function",
        Severity.ERROR,
        "functions",
        "Drop it: the walls have no functions but those of docs/isolation.md.",
        _unexplained,
    ),
    Rule(
        "unlisted-privilege",
        Severity.ERROR,
        "privileged surface",
        "Drop it; what belongs to the service is listed in docs/isolation.md.",
        _unlisted,
    ),
    Rule(
        "built-in-functions-differ",
        Severity.WARNING,
        "functions",
        "Compare pg_proc with a fresh server of the same version: somebody changed a function of "
        "PostgreSQL itself, or it is somebody's own build.",
        _differing,
    ),
    Rule(
        "changed-built-in-function",
        Severity.ERROR,
        "functions",
        "Restore it: a function of PostgreSQL itself was altered.",
        _built_in,
    ),
    Rule("missing-function", Severity.ERROR, "functions", _MIGRATE, _missing),
    Rule("function-owner", Severity.ERROR, "functions", _AGAIN, _compared(_owner)),
    Rule("function-definer", Severity.ERROR, "functions", _MIGRATE, _compared(_definer)),
    Rule("function-search-path", Severity.ERROR, "functions", _MIGRATE, _compared(_search_path)),
    Rule("function-leakproof", Severity.ERROR, "functions", _MIGRATE, _compared(_leakproof)),
    Rule("function-volatility", Severity.ERROR, "functions", _MIGRATE, _compared(_volatility)),
    Rule("function-language", Severity.ERROR, "functions", _AGAIN, _compared(_language)),
    Rule("function-body", Severity.ERROR, "functions", _MIGRATE, _bodies),
    Rule(
        "function-body-unknown",
        Severity.WARNING,
        "functions",
        "Compare it with a fresh database of the same version.",
        _unknown_bodies,
    ),
)
