"""The result as a table, for a person: printed, and written into docs/chaos.md.

Owns what stands between the markers there.
Never writes anything else of the page.
"""

import re
from collections import Counter
from pathlib import Path

from chaos.checks import Check
from chaos.plan import KINDS

BEGIN, END = "<!-- caid:begin chaos -->", "<!-- caid:end chaos -->"


def text(facts: list[tuple[str, str]], done: list[str], results: list[Check]) -> str:
    """Markdown."""
    counts = Counter(done)
    lines = ["| run | |", "|---|--:|"]
    lines += [f"| {name} | {value} |" for name, value in facts]
    lines += ["", "| disturbance | times |", "|---|--:|"]
    lines += [f"| {words} | {counts[kind]} |" for kind, words in KINDS.items()]
    lines += ["", "| in the end | measured | kept |", "|---|---|:-:|"]
    for one in results:
        lines.append(f"| {one.promise} | {one.figure.replace('|', '/')} | {'yes' if one.holds else '**no**'} |")
    return "\n".join(lines) + "\n"


def write(page: Path, table: str) -> None:
    """Puts the table between the markers."""
    before = page.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if len(pattern.findall(before)) != 1:
        raise SystemExit(f"chaos: {page} does not have its markers {BEGIN} and {END} once")
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n{table}{END}", before))
