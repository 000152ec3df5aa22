"""What is in the wheel and the sdist besides the code."""

from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("builder", [WheelBuilder, SdistBuilder])
def test_a_package_holds_every_file_of_the_page(builder: type[WheelBuilder] | type[SdistBuilder]) -> None:
    packed = {Path(file.path).resolve() for file in builder(str(CHECKOUT)).recurse_included_files()}
    page = [file for file in (CHECKOUT / "src/character_sync/entrypoints/page_files").rglob("*") if file.is_file()]
    assert [file.name for file in page if file.resolve() not in packed] == []
