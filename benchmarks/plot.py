"""The bars of a run as SVG, one panel a query, readable on light and dark pages."""

from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from benchmarks.results import Result
from benchmarks.systems import OURS

_TITLES: Final = {
    "point": "point: one record and its vendor",
    "list": "list: 50 records, each with its vendor",
    "tree": "tree: 20 vendors, their integrations, the latest events of each",
    "create": "create: one record, answered with its vendor",
}
_WIDTH: Final = 760
_LEFT: Final = 150
_RIGHT: Final = 130
_BAR: Final = 16
_STEP: Final = 23
_TITLE: Final = 40
_STYLE: Final = """
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2937; }
.page { fill: #ffffff; } .title { font-weight: 600; font-size: 14px; }
.quiet { fill: #6b7280; } .bar { fill: #a8b3c4; } .ours { fill: #2563eb; }
.bold { font-weight: 600; } .span { stroke: #1f2937; stroke-width: 1.5; opacity: .55; }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb; } .page { fill: #0d1117; } .quiet { fill: #9ca3af; }
  .bar { fill: #4b5563; } .ours { fill: #60a5fa; } .span { stroke: #e5e7eb; }
}
"""


def write_plot(result: Result, file: Path) -> None:
    """Writes the plot; the thin line on a bar goes from the least round to the greatest."""
    parts: list[str] = []
    top = 12
    for query in next(iter(result["systems"].values()))["queries"]:
        parts += _panel(result, query, top=top)
        top += _TITLE + _STEP * len(result["systems"]) + 14
    height = top + 22
    caption = f"Requests per second, median of {result['rounds']}; in grey, how many times ours."
    parts.append(f'<text class="quiet" x="{_LEFT}" y="{height - 14}">{escape(caption)}</text>')
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="Requests per second of each system">\n<style>{_STYLE}</style>\n'
        f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _panel(result: Result, query: str, *, top: int) -> list[str]:
    figures = {name: one["queries"][query] for name, one in result["systems"].items()}
    scale = (_WIDTH - _LEFT - _RIGHT) / max(one["greatest"] for one in figures.values())
    parts = [f'<text class="title" x="{_LEFT}" y="{top + 22}">{escape(_TITLES[query])}</text>']
    for row, (name, one) in enumerate(figures.items()):
        y = top + _TITLE - 6 + row * _STEP
        middle = y + _BAR / 2
        least, end, greatest = (
            _LEFT + one[figure] * scale for figure in ("least", "requests_per_second", "greatest")
        )
        ours = name == OURS
        ratio = result["ratio"].get(query, {}).get(name)
        factor = f'<tspan class="quiet" dx="8">{1 / ratio:.2f}x</tspan>' if ratio else ""
        weight = ' class="bold"' if ours else ""
        parts += [
            f'<text{weight} x="{_LEFT - 10}" y="{middle + 4.5:.1f}" text-anchor="end">'
            f"{escape(name)}</text>",
            f'<rect class="{"ours" if ours else "bar"}" x="{_LEFT}" y="{y}" '
            f'width="{end - _LEFT:.1f}" height="{_BAR}" rx="2"/>',
            f'<line class="span" x1="{least:.1f}" x2="{greatest:.1f}" '
            f'y1="{middle}" y2="{middle}"/>',
            f'<text{weight} x="{max(end, greatest) + 8:.1f}" y="{middle + 4.5:.1f}">'
            f"{one['requests_per_second']:,.0f}{factor}</text>",
        ]
    return parts
