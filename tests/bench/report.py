"""Writes docs/benchmarks.md from the figures of the runs."""

from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).parents[2]
FIGURES: Final = CHECKOUT / "docs" / "benchmarks.json"
PAGE: Final = CHECKOUT / "docs" / "benchmarks.md"


def page(figures: dict[str, Any]) -> str:
    """Return the page for the figures of all parts."""
    parts, before = figures["parts"], figures.get("before", [])
    goals = "\n".join(_goal(part, one) for part in parts for one in part["figures"] if one["goal"])
    details = "\n\n".join(_details(part) for part in parts)
    return f"""<!-- Written by `make bench` from benchmarks.json; changes here are lost. -->

# Benchmarks

What the service costs and how fast it is, measured with real processes: `serve` and `worker` as operators start them, a
sandbox Battle.net in a process of its own, a real PostgreSQL and a real Redis on the same machine. `make bench` runs all
parts and writes this page; `make bench PART=cost` runs one again, and the others keep their figures. Processor time is the
kernel's count for the service's processes; a figure of several runs is their median. What was tried for speed, what was
left, and what stops the goals that are missed, is in [ADR 25](adr/0025-what-was-tried-for-speed.md).

## Goals

| what | goal | figure | holds |
| --- | --- | --- | --- |
{goals}

{details}{_before(before)}
"""


def _before(parts: list[dict[str, Any]]) -> str:
    """Return what was measured before anything was made faster; kept, so that a change can be told from the machine."""
    if not parts:
        return ""
    sections = "\n\n".join(_details(part).replace("\n### ", "\n#### ").replace("## ", "### ", 1) for part in parts)
    return f"\n\n## Before anything was changed\n\n{sections}"


def _goal(part: dict[str, Any], one: dict[str, Any]) -> str:
    return f"| {part['name']}: {one['what']} | {one['goal']} | {_value(one)} | {_HOLDS[one['holds']]} |"


_HOLDS: Final = {True: "yes", False: "**no**", None: "-"}


def _value(one: dict[str, Any]) -> str:
    return f"{one['value']:g} {one['unit']}".rstrip()


def _details(part: dict[str, Any]) -> str:
    machine = part["machine"]
    rows = "\n".join(f"| {one['what']} | {_value(one)} | {one['note']} |" for one in part["figures"])
    run = (
        f"`make bench PART={part['key']}` on {part['date']}, {part['minutes']:g} minutes, {machine['cpus']} CPU cores "
        f"({machine['processor']}), load average {machine['load']:g}{_stolen(machine)}; {machine['versions']}."
    )
    text = f"## {part['name']}\n\n{part['what']}\n\n{run}\n\n| what | figure | |\n| --- | --- | --- |\n{rows}"
    return "\n\n".join([text, *(_profile(one) for one in part.get("profiles", [])), *part.get("notes", [])])


def _stolen(machine: dict[str, Any]) -> str:
    """Say how much the host took away, which no load average shows; runs of before it was noted say nothing."""
    share = machine.get("stolen")
    return "" if share is None else f", {100 * share:.0f} % of the processor time taken by the host for others"


def _profile(one: dict[str, Any]) -> str:
    parts = "\n".join(f"| {row['part']} | {row['ms']:.2f} ms |" for row in one["parts"])
    functions = "\n".join(f"| {100 * row['share']:.1f} % | `{row['function']}` |" for row in one["functions"])
    return f"""### Where it goes: {one["of"]}

{one["samples"]} stacks taken by py-spy while characters were enriched, native frames among them.

| part | per character |
| --- | --- |
{parts}

| of all samples | innermost function of Python |
| --- | --- |
{functions}"""
