"""Writes docs/reliability.md from the figures of a long run."""

from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).parents[2]
FIGURES: Final = CHECKOUT / "docs" / "reliability.json"
PAGE: Final = CHECKOUT / "docs" / "reliability.md"
RULE_OF_THREE: Final = 3  # -ln(0.05), rounded: the 95 % bound on a rate after n tries without a failure, times n


def page(figures: dict[str, Any]) -> str:
    """Return the page for the figures of one run."""
    machine, parts = figures["machine"], figures["parts"]
    rows = "\n".join(_row(part) for part in parts)
    details = "\n\n".join(f"### {part['name']}\n\n{_details(part)}" for part in parts)
    return f"""<!-- Written by `make chaos` from reliability.json; changes here are lost. -->

# Reliability

What was done to the service on purpose, and what came of it. Run on {figures["date"]} in {figures["minutes"]} minutes on
{machine["cpus"]} CPU cores (shared with other work), Python {machine["python"]}, SQLite {machine["sqlite"]}, a real
PostgreSQL and a real Redis on the same machine. Everything is done to real processes: `serve` and `worker` as operators
start them, killed with `kill -9` or frozen with SIGSTOP. Each part's seed and date are in `reliability.json`;
parts can be run again one by one, and the others then keep their figures.

| what | tries | violations | so the true rate is below (95 %) |
| --- | --- | --- | --- |
{rows}

## What a clean run proves

That nothing went wrong in n tries does not say that nothing can. If each try went wrong with probability p, n tries would
all go well with probability (1 - p)^n; that is less than 5 % once p is more than 3/n. So "0 in n" means: less than 3/n,
with 95 % confidence, *for tries like these*, on this machine. It says nothing about faults nobody injected, such as a disk
that lies about having written or a clock that jumps.

It does say that the harness can see: each bug of a list is switched on in a process of the harness, and the run counts
only if every one of them is reported. The list: writes without the fence, telling watchers before the commit, counting by
increment instead of from the rows, a lost wake-up.

## What is judged

After every run, from what clients sent and received (REST answers; Socket.IO events in the order of receipt) and the rows
that are left:

- **I1** Nothing accepted is lost: every character of an accepted sync ends once, as one settled job and one row.
- **I2** Nothing is stuck: every sync session ends by itself.
- **I3** One sync at a time for a user and game version.
- **I4** Counts are exact: equal to the job rows, never falling, the total at the end.
- **I5** The stream is the state: `seq` only grows, one last event, which equals what GET says, and everybody hears it.
- **I6** Erased is erased, whole or not at all, and nobody else notices.
- **I7** A check of the thirty days that was broken off is done again: what Battle.net no longer has goes, the rest stays.
- **I8** Every change is told to a webhook that wants it, at least once, and always as the same message.
- **I9** A due time of a schedule is dealt with once: one sync for it, or one more of `missed`.

## The figures

{details}

## Again

`make chaos` runs all of it and writes this page; `make test` runs a short form of it (every crash point once, ten kills,
a ghost, five rounds). How the parts work: `tests/chaos/` and [ADR 16](adr/0016-crash-points-and-a-chaos-harness.md).
"""


def _row(part: dict[str, Any]) -> str:
    tries, violations = part["tries"], len(part["violations"])
    bound = f"{100 * RULE_OF_THREE / tries:.2g} %" if tries > RULE_OF_THREE and not violations else "-"
    return f"| {part['name']} | {tries} | {violations} | {bound if part.get('is_chance', True) else '-'} |"


def _details(part: dict[str, Any]) -> str:
    figures = "\n".join(f"- {name}: {value}" for name, value in part["figures"].items())
    found = "".join(f"\n- **violation** {violation}" for violation in part["violations"])
    return f"{part['what']}\n\n{figures}{found}"


def at_share(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed. There must be one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def percentile(values: list[float], share: float) -> str:
    """Return the value that this share of the values does not exceed, in seconds; a dash without values."""
    return f"{at_share(values, share):.1f} s" if values else "-"
