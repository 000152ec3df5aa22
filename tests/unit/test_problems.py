"""Problem documents of what is not the caller's fault."""

import json

from character_sync.domain.errors import DatabaseUnavailable
from character_sync.entrypoints.problems import RETRY_AFTER_SECONDS, problem_of


def test_a_database_that_is_away_is_503_and_says_when_to_ask_again() -> None:
    response = problem_of(DatabaseUnavailable())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == str(RETRY_AFTER_SECONDS)
    assert json.loads(bytes(response.body))["code"] == "database_unavailable"
