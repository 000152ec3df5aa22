"""The page of figures is what the figures say, and claims no more than they prove."""

import json
from typing import Any

from chaos.report import FIGURES, PAGE, page, percentile


def part(**about: Any) -> dict[str, Any]:
    return {"name": "Storm", "what": "Kills.", "tries": 300, "violations": [], "figures": {"kills": 300}} | about


def figures(*parts: dict[str, Any]) -> dict[str, Any]:
    machine = {"cpus": 2, "python": "3.11.7", "sqlite": "3.45.0"}
    return {"date": "2026-01-01", "minutes": 30, "machine": machine, "parts": list(parts)}


def test_the_page_is_written_from_the_figures_beside_it() -> None:
    assert PAGE.read_text("utf-8") == page(json.loads(FIGURES.read_text("utf-8")))


def test_none_in_300_bounds_the_rate_to_one_per_cent() -> None:
    assert "| Storm | 300 | 0 | 1 % |" in page(figures(part()))


def test_a_violation_bounds_nothing_and_is_shown() -> None:
    text = page(figures(part(violations=["I1: lost"])))
    assert "| Storm | 300 | 1 | - |" in text
    assert "**violation** I1: lost" in text


def test_an_enumeration_is_no_sample() -> None:
    assert "| Storm | 300 | 0 | - |" in page(figures(part(is_chance=False)))


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3.0, 1.0, 2.0], share) for share in (0.0, 0.5, 1.0)] == ["1.0 s", "2.0 s", "3.0 s"]
    assert percentile([], 0.5) == "-"


def test_two_tries_bound_nothing() -> None:
    assert "| Storm | 2 | 0 | - |" in page(figures(part(tries=2)))
