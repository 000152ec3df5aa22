"""Log lines: one for each event, whatever is in it."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from character_sync.logs import LONGEST_TRACEBACK, LONGEST_VALUE, configure_logs

HOSTILE = '"\n{"level":"info","event":"admin login"}\r\x1b[2J\x1b[31m\x9b1m\u202egnp.exe\u2028%s%n\x00'
TERMINAL_WOULD_ACT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Logged = Callable[[], str]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Logged]:
    """What was written since the logs were set up in the form the test asks for."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    before = structlog.get_config()
    configure_logs(level="INFO", as_json=request.param == "json")
    yield out.getvalue
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


both_forms = pytest.mark.parametrize("logged", ["json", "text"], indirect=True)
as_json = pytest.mark.parametrize("logged", ["json"], indirect=True)
as_text = pytest.mark.parametrize("logged", ["text"], indirect=True)


def fail_with(message: str) -> None:
    raise ValueError(message)


@both_forms
def test_a_hostile_name_makes_one_line_and_no_terminal_codes(logged: Logged) -> None:
    structlog.get_logger().info("character_saved", name=HOSTILE)
    assert logged().count("\n") == 1
    assert TERMINAL_WOULD_ACT.search(logged()) is None


@both_forms
def test_a_hostile_message_of_a_library_makes_one_line_too(logged: Logged) -> None:
    logging.getLogger("somebody.elses").warning("refused: %s", HOSTILE)
    assert logged().count("\n") == 1
    assert TERMINAL_WOULD_ACT.search(logged()) is None


@as_json
def test_a_machine_reads_what_was_said_with_time_level_and_bound_ids(logged: Logged) -> None:
    with structlog.contextvars.bound_contextvars(session_id="b1", run_token=2):
        structlog.get_logger().info("sync_session_taken", jobs=60)
    line: dict[str, Any] = json.loads(logged())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "sync_session_taken", "level": "info", "session_id": "b1", "run_token": 2, "jobs": 60}


@both_forms
def test_a_megabyte_is_cut(logged: Logged) -> None:
    structlog.get_logger().info("character_saved", name="x" * 1_000_000)
    assert f"{'x' * (LONGEST_VALUE - 1)}" in logged()
    assert len(logged()) < 2 * LONGEST_VALUE


@as_text
def test_names_of_the_world_stay_readable(logged: Logged) -> None:
    structlog.get_logger().info("character_saved", name="Альвеоняша Ünïcødé 王")
    assert "Альвеоняша Ünïcødé 王" in logged()


@as_json
def test_a_traceback_is_one_line_for_machines(logged: Logged) -> None:
    try:
        fail_with(HOSTILE)
    except ValueError:
        structlog.get_logger().exception("request_failed")
    line = json.loads(logged())
    assert logged().count("\n") == 1
    assert "fail_with" in line["exception"]


@as_text
def test_no_line_of_a_traceback_can_be_taken_for_a_log_line(logged: Logged) -> None:
    try:
        fail_with(HOSTILE)
    except ValueError:
        structlog.get_logger().exception("request_failed")
    _, *traceback = logged().splitlines()
    assert traceback
    assert {line[:4] for line in traceback} == {"    "}
    assert TERMINAL_WOULD_ACT.search(logged()) is None


@both_forms
def test_of_a_traceback_without_end_the_end_is_kept(logged: Logged) -> None:
    try:
        fail_with("y" * 100_000 + " the cause")
    except ValueError:
        structlog.get_logger().exception("request_failed")
    assert "the cause" in logged()
    assert len(logged()) < 2 * LONGEST_TRACEBACK


@both_forms
def test_values_of_variables_are_never_in_a_traceback(logged: Logged) -> None:
    token = "a-players-token"  # noqa: F841 - what must not be printed
    try:
        fail_with("no")
    except ValueError:
        structlog.get_logger().exception("request_failed")
    assert "a-players-token\n" not in logged()
    assert "token = " not in logged().replace('token = "a-players-token"', "")
