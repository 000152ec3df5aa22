"""What becomes of tests whose server or browser this machine does not have."""

import os
from typing import NoReturn

import pytest


def cannot_be_had(what: str, why: object) -> NoReturn:
    """Skip the tests here; fail them in CI, where a skipped suite would say nothing to anyone."""
    sentence = f"{what} cannot be had here: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
