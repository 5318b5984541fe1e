"""Takes one condition out of a function, for the length of a test.

The product has no switch for any of its checks: what is removed here is a piece of source text,
which has to be there exactly once, so a check that is rewritten makes its ablation fail.
"""

import inspect
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

import pytest

_PRODUCT = ("auth.", "repository.", "palisade.")


@dataclass(frozen=True)
class Cut:
    """A piece of the source of ``owner.name``, and what stands there once it is removed.

    Written as in a function that is not indented.
    """

    owner: Any
    name: str
    old: str
    new: str


def remove(text: str, old: str, new: str) -> str:
    """The text without its one ``old``."""
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in: {text}"
    return text.replace(old, new)


def apply_cuts(monkeypatch: pytest.MonkeyPatch, cuts: tuple[Cut, ...]) -> None:
    """Makes the cuts; several of one function are all made."""
    by_function: dict[tuple[Any, str], list[Cut]] = {}
    for cut in cuts:
        by_function.setdefault((cut.owner, cut.name), []).append(cut)
    for (owner, name), made in by_function.items():
        function = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(function))
        for cut in made:
            source = remove(source, cut.old, cut.new)
        defined: dict[str, Any] = {}
        exec(compile(source, f"<{name} with a cut>", "exec"), function.__globals__, defined)
        monkeypatch.setattr(owner, name, defined[name])
        if inspect.ismodule(owner):
            for module_name, module in list(sys.modules.items()):
                if module_name.startswith(_PRODUCT) and getattr(module, name, None) is function:
                    monkeypatch.setattr(module, name, defined[name])
