"""Months in a scripted world: no automatic decision is wrong, and an undo puts every row back.

The whole of it, 200 characters for six months, is `cd tests && python -m identity_world`, which writes docs/identity.md.
"""

from pathlib import Path

from identity_world.judging import judge


async def test_no_automatic_decision_of_a_scripted_world_is_wrong(tmp_path: Path) -> None:
    report = await judge(tmp_path, characters=60, months=3)
    assert report.total("wrong") == 0, report.details
    assert report.total("missed") == 0, report.details
    assert report.total("right") > 20
    assert report.total("asked") > 0
    assert report.undone["exact"] > 0
    assert report.undone["not exact"] == 0
