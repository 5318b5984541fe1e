"""What a run found, for people: a table on the terminal and in the README."""

import re
from pathlib import Path
from typing import Final

from benchmarks.results import Result

_BEGIN: Final = "<!-- last run: begin -->"
_END: Final = "<!-- last run: end -->"


def table(result: Result) -> str:
    """A plain table of each query."""
    lines = []
    for query in next(iter(result["systems"].values()))["queries"]:
        lines.append(
            f"{query:<19}{'requests/s':>11}{'least':>9}{'greatest':>10}"
            f"{'p50 ms':>9}{'p99 ms':>9}{'server us':>11}{'database us':>13}{'ours/its':>10}"
        )
        for name, system in result["systems"].items():
            one = system["queries"][query]
            ratio = result["ratio"].get(query, {}).get(name)
            lines.append(
                f"  {name:<17}{one['requests_per_second']:>11.0f}{one['least']:>9.0f}"
                f"{one['greatest']:>10.0f}{one['p50_ms']:>9.2f}{one['p99_ms']:>9.2f}"
                f"{one['server_us']:>11.0f}{one['database_us']:>13.0f}"
                + (f"{ratio:>10.2f}" if ratio else "")
            )
        lines.append("")
    if result["isolation_tax"]:
        lines.append(f"isolation tax      {_percents(result['isolation_tax'])}")
    busy = max(max(one["others_busy_percent"]) for one in result["systems"].values())
    if busy > 10:
        lines.append(f"something else took up to {busy:.0f} % of the machine between measurements")
    memory = (f"{name} {one['memory_mb']:.0f}" for name, one in result["systems"].items())
    lines.append(f"resident memory MB {', '.join(memory)}")
    return "\n".join(lines)


def write_readme(result: Result, file: Path) -> None:
    """Puts the run between the two markers of the README."""
    text = file.read_text()
    inside = f"{_BEGIN}\n\n{_markdown(result)}\n\n{_END}"
    pattern = f"{re.escape(_BEGIN)}.*{re.escape(_END)}"
    file.write_text(re.sub(pattern, lambda _: inside, text, count=1, flags=re.DOTALL))


def _markdown(result: Result) -> str:
    queries = list(next(iter(result["systems"].values()))["queries"])
    lines = [
        f"{result['at'][:10]}, {result['machine']['processor']}, "
        f"{result['organisations']:,} organisations, {result['rounds']} rounds of "
        f"{result['seconds']:g} s a query; medians, least to greatest in brackets.",
        "",
        "![Requests per second of each system](results/latest.svg)",
        "",
        f"| requests/s | {' | '.join(queries)} | memory |",
        f"|---|{'---:|' * (len(queries) + 1)}",
    ]
    for name, system in result["systems"].items():
        cells = [
            f"{one['requests_per_second']:,.0f} ({one['least']:,.0f}-{one['greatest']:,.0f})"
            for one in system["queries"].values()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} | {system['memory_mb']:.0f} MB |")
    lines += ["", f"| p99 in ms | {' | '.join(queries)} |", f"|---|{'---:|' * len(queries)}"]
    for name, system in result["systems"].items():
        cells = [f"{one['p99_ms']:.2f}" for one in system["queries"].values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"| server + database, processor us a request | {' | '.join(queries)} |"]
    lines += [f"|---|{'---:|' * len(queries)}"]
    for name, system in result["systems"].items():
        cells = [
            f"{one['server_us']:.0f} + {one['database_us']:.0f}"
            for one in system["queries"].values()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"| palisade divided by | {' | '.join(queries)} |"]
    lines += [f"|---|{'---:|' * len(queries)}"]
    for name in result["ratio"].get("point", {}):
        cells = [f"{result['ratio'][query][name]:.2f}" for query in queries]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if result["isolation_tax"]:
        lines += ["", f"Isolation tax: {_percents(result['isolation_tax'])}."]
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    lines += ["", f"{versions}."]
    return "\n".join(lines)


def _percents(tax: dict[str, float]) -> str:
    return ", ".join(f"{query} {part:.1%}" for query, part in tax.items())
