"""Logs: one line per event, for people or for machines, with the ids of the request, the sync session and the job."""

import logging
import sys
from io import StringIO
from typing import Any, Final, TextIO

import structlog

LONGEST_VALUE: Final = 256  # characters; a name Battle.net gives has at most 36, an address of ours some 150
LONGEST_TRACEBACK: Final = 8_000  # characters, the last ones: the cause stands at the end
CUT: Final = "…"


def configure_logs(*, level: str, as_json: bool) -> None:
    """Send structlog's and every library's log lines to stderr in one form."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        shared.append(structlog.processors.format_exc_info)
    shared.append(make_harmless)
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_indented_traceback)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
            foreign_pre_chain=[*shared],
        )
    )
    # Libraries speak up for warnings only: they log their own innards, and some of them whole requests.
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def make_harmless(_logger: object, _method: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    """Keep a line one line: what comes from outside may hold line ends, terminal codes, or a megabyte."""
    return {key: value if key in _OURS else _harmless(key, value) for key, value in line.items()}


_OURS: Final = frozenset({"exc_info", "stack_info", "_record", "_from_structlog", "timestamp", "level"})


def _harmless(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    if key == "exception":  # formatted already, and for machines, who take its line ends for what they are
        return text if len(text) <= LONGEST_TRACEBACK else CUT + text[-LONGEST_TRACEBACK:]
    # Cut first: escaping a megabyte to throw it away is work for whoever sent it.
    return _printable(text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + CUT)


def _printable(text: str) -> str:
    """Write out what a terminal would act upon: control characters, line ends, marks of writing direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _indented_traceback(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Write a traceback of which no line can be taken for a log line.

    The pretty one of structlog prints variables, tokens among them.
    """
    plain = StringIO()
    structlog.dev.plain_traceback(plain, exc_info)
    text = plain.getvalue().strip()
    if len(text) > LONGEST_TRACEBACK:
        text = CUT + text[-LONGEST_TRACEBACK:]
    out.write("".join(f"\n    {_printable(line)}" for line in text.splitlines()))
