"""Writes what the documentation repeats of the code: settings, metrics, errors, reasons, routes, events, commands, codemap."""

import ast
import inspect
import sys
import tomllib
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

import typer.main
from prometheus_client.metrics_core import Metric
from pydantic.fields import FieldInfo
from typer.core import TyperGroup

from character_sync.adapters.battle_net.circuits import places_of
from character_sync.adapters.battle_net.outcomes import Outcome
from character_sync.adapters.game_version_file import load_game_versions
from character_sync.cli import app
from character_sync.commands.openapi import openapi_document
from character_sync.domain.circuit import Condition
from character_sync.domain.errors import (
    BattleNetAccountTaken,
    BattleNetAnswerUnreadable,
    BattleNetCharacterHidden,
    BattleNetCredentialsRefused,
    BattleNetError,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    ChangesForgotten,
    CharacterBusy,
    CharacterSyncError,
    DatabaseUnavailable,
    ForeignPage,
    IdentityDecisionFinal,
    InvalidRequest,
    NotFound,
    NotReady,
    OtherBattleNetAccountLinked,
    PlayerMustAct,
    SignInDeclined,
    SignInFailed,
    SyncAlreadyActive,
    SyncSessionFinished,
    TokenUndecryptable,
    TooManyRequests,
    Unauthenticated,
)
from character_sync.domain.reason_words import REASON_WORDS
from character_sync.domain.sync_session import Reason
from character_sync.entrypoints.metrics import Metrics
from character_sync.entrypoints.problems import STATUSES
from character_sync.ports import BudgetState, CircuitState, Lane, Secret
from character_sync.reference.reference_tables import commands, events, routes, table, tags
from character_sync.settings import PREFIX, Settings

CHECKOUT: Final = Path(__file__).parents[3]
PACKAGES: Final = ("src/character_sync", "src/battle_net_sandbox")
CODEMAP: Final = "codemap"
LAYERS: Final = "layers"
EVENTS: Final = "events"
FEW: Final = 6  # label values that are named in a table; more stand on a page of their own
GENERATED: Final = (
    "<!-- Written by `python -m character_sync.reference.docs_pages` from the code; changes here are lost. -->"
)

# Group titles by the group's first setting; a blank line in settings.py begins a group.
_GROUPS: Final = {
    "data_dir": "Data and queue",
    "battle_net_client_id": "Battle.net and the game versions",
    "public_url": "Address and secrets",
    "requests_per_second": "Pace towards Battle.net",
    "sockets_per_user": "Watchers",
    "lease_seconds": "Runs of sync sessions",
    "requests_per_user": "Requests to us",
    "verification_days": "Blizzard's 30 days",
    "schedules_seconds": "Scheduled syncs",
    "identity_seconds": "Who is who",
    "sign_in_idle_days": "Sign-ins",
    "changes_days": "Changes and webhooks",
    "metrics_host": "Metrics and traces",
    "log_level": "Logs",
}

_WHO_ACTS: Final[dict[type[CharacterSyncError], str]] = {
    CharacterSyncError: "The operator: the log holds the cause.",
    PlayerMustAct: "The player. Never given as such, only as one of those below.",
    SyncAlreadyActive: "Nobody has to: watch the sync named by `activeSessionId`.",
    CharacterBusy: "The player: wait until the sync has finished.",
    IdentityDecisionFinal: "Nobody; where another decision stands in the way, its message says which to undo first.",
    BattleNetAccountTaken: (
        "The player signs in to the site as the user who has linked it, or erases what that user holds here. "
        "Only where a site embeds the sync."
    ),
    OtherBattleNetAccountLinked: (
        "The player links the account they linked before, or erases what is held of it. Only where a site embeds the sync."
    ),
    SyncSessionFinished: "Nobody: there is nothing left to cancel.",
    BattleNetTokenInvalid: "The player signs in again at `signInUrl`.",
    TokenUndecryptable: "The player signs in again; the operator looks for the lost key if it happens to many.",
    SignInFailed: "The player starts the sign-in again.",
    SignInDeclined: "The player, who pressed Cancel at Battle.net and may think again.",
    InvalidRequest: "The caller corrects the field named by `field`.",
    Unauthenticated: "The caller signs in or sends a token.",
    ForeignPage: "The developer of that page uses a token, or the operator adds its origin to the allowed ones.",
    NotFound: "The caller: a wrong id, or somebody else's.",
    TooManyRequests: (
        "The caller waits as long as `Retry-After` says, or closes what it no longer needs; the operator raises the limit if it is too low for the site. "
        "Over Socket.IO in the acknowledgement of a join or as `connect_error`."
    ),
    ChangesForgotten: "The caller reads the characters anew and follows from `cursor=now`.",
    DatabaseUnavailable: "The caller, again after `Retry-After`; the operator, if it lasts.",
    BattleNetError: "Whoever acts on the error below it. Never given as such.",
    BattleNetUnavailable: "The caller, again after `Retry-After`. A worker tries again, then skips the character.",
    BattleNetRateLimited: (
        "The caller, again after `Retry-After`; over REST the code is `battle_net_unavailable`. "
        "A worker waits and tries again until the sync session's deadline."
    ),
    BattleNetCredentialsRefused: "The operator checks client id and secret.",
    BattleNetCharacterHidden: "Nobody: a worker skips the character, or saves it without that facet.",
    BattleNetAnswerUnreadable: "The operator reports it: Battle.net changed its JSON. A worker fails the character.",
    NotReady: "The operator does what the message says. On the command line; over REST from `/readyz`.",
}


def pages(checkout: Path = CHECKOUT) -> dict[Path, str]:
    """Return every generated page of a checkout with the text it should have."""
    architecture = checkout / "ARCHITECTURE.md"
    text = between(architecture.read_text("utf-8"), LAYERS, layers(checkout))
    return {
        checkout / "docs/settings.md": settings_page(),
        checkout / "docs/metrics.md": metrics_page(),
        checkout / "docs/errors.md": errors_page(),
        checkout / "docs/reasons.md": reasons_page(),
        checkout / "docs/command-line.md": command_line_page(),
        checkout / "docs/rest.md": rest_page((checkout / "docs/rest.md").read_text("utf-8")),
        checkout / "docs/events.md": between(
            (checkout / "docs/events.md").read_text("utf-8"), EVENTS, events(openapi_document())
        ),
        architecture: between(text, CODEMAP, codemap(checkout)),
    }


def rest_page(text: str) -> str:
    """Put a table of routes for each tag of the OpenAPI document between its markers: what else is said is prose."""
    document = openapi_document()
    for tag in tags(document):
        text = between(text, f"routes of {tag}", routes(document, tag))
    return text


def command_line_page() -> str:
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line has no commands")
    return _page(
        [
            GENERATED,
            "# Command line",
            (
                "Every command reads the [settings](settings.md) from the environment and from `.env`. `--help` after any of "
                "them says what stands here. One that cannot begin says why in a sentence and exits with 1."
            ),
            *commands(group, "character-sync"),
        ]
    )


def settings_page() -> str:
    schema = Settings.model_json_schema()["properties"]
    parts = [
        GENERATED,
        "# Settings",
        (
            f"Environment variables with the prefix `{PREFIX}`, or lines of a file `.env` in the folder the program is "
            "started from; the environment wins. A setting that cannot be used stops the start with a sentence that names it."
        ),
    ]
    for title, names in _setting_groups():
        rows = [(name, Settings.model_fields[name], schema[name]) for name in names]
        told = table(
            ("variable", "default", "values", "what it is"),
            ((f"`{PREFIX}{n.upper()}`", _default(f), _values(f, s), f.description or "") for n, f, s in rows),
        )
        parts += [f"## {title}", told]
    return _page(parts)


def metrics_page() -> str:
    rows = (
        (f"`{_metric_name(m)}`", m.type, _labels(m), m.documentation) for m in sorted(our_metrics(), key=_metric_name)
    )
    return _page(
        [
            GENERATED,
            "# Metrics",
            (
                "What `/metrics` tells in Prometheus' text format: `serve` on its own port, `worker` on "
                f"`{PREFIX}METRICS_PORT`. Each process tells of itself unless it says otherwise, so each is scraped by itself; "
                "sums are Prometheus' work. Beside these stand the usual `process_*` metrics: memory, CPU time, open files."
            ),
            table(("metric", "type", "labels", "what it is"), rows),
            "What to watch, and which alerts are worth having: [operations.md](operations.md).",
        ]
    )


def our_metrics() -> list[Metric]:
    """Return every metric a process can show, with every label it can have and no values that mean anything."""
    metrics = Metrics()
    metrics.budget.state = BudgetState(
        left_per_second=0,
        left_per_hour=0,
        gate_seconds=0,
        rate=1,
        waiting=dict.fromkeys(Lane, 0),
        outcomes=dict.fromkeys(Outcome, 0),
        leases=0,
        is_shared=True,
    )
    metrics.circuits.states = lambda: [
        CircuitState(place, Condition.CLOSED, None, 0)
        for place in places_of(load_game_versions(None, protected_facet=True))
    ]
    return [metric for metric in metrics.registry.collect() if metric.name.startswith("character_sync_")]


def _metric_name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _labels(metric: Metric) -> str:
    """Return the labels, with their values where there are a few and they are always the same."""
    values: dict[str, dict[str, None]] = {}
    for sample in metric.samples:
        for label, value in sample.labels.items():
            values.setdefault(label, {})[value] = None
    values.pop("le", None)  # a histogram's own
    return "; ".join(
        f"`{label}`: " + ", ".join(f"`{value}`" for value in told) if 1 < len(told) <= FEW else f"`{label}`"
        for label, told in values.items()
    )


def errors_page() -> str:
    rows = (
        (f"`{error.__name__}`", f"`{error.code}`", str(STATUSES[error]), _message(error), _WHO_ACTS[error])
        for error in all_errors()
    )
    return _page(
        [
            GENERATED,
            "# Errors",
            (
                "Over REST an error is a problem document (RFC 9457) with `type`, `title`, `status`, `code` and `detail`. `code` "
                "is stable: decide by it. `detail` is for the person who sees it and may change."
            ),
            table(("error", "code", "REST", "message", "who acts"), rows),
            (
                "Beside these, a request can be [refused for its form](rest.md#statuses). "
                "What befalls one character of a running sync is no error over REST but a reason: [reasons.md](reasons.md). "
                "The `code` of a sync session that failed as a whole, in its `sync-error` and in its snapshot, is one of those "
                "reasons: `deadline` or `crashed`."
            ),
        ]
    )


def reasons_page() -> str:
    rows = ((f"`{reason.value}`", *REASON_WORDS[reason]) for reason in Reason)
    return _page(
        [
            GENERATED,
            "# Reasons",
            (
                "Why a character or one of its facets is not simply fetched. The codes are stable; they stand in `reason` of "
                "events, of a sync session's characters and of a character's facets."
            ),
            table(("reason", "for the player", "what to do"), rows),
            "A character can be `completed` and still have a reason: then a lesser facet, such as the picture, is missing.",
        ]
    )


def codemap(checkout: Path = CHECKOUT) -> str:
    """Return the tables of every module of both packages and its caption."""
    tables = []
    for package in PACKAGES:
        rows = ((f"`{path}`", caption) for path, caption in captions(checkout / package))
        tables.append(f"`{package}/`\n\n" + table(("module", "what it is"), rows))
    return "\n\n".join(tables)


def captions(package: Path) -> Iterator[tuple[str, str]]:
    """Yield each module's path inside its package and its first docstring line; empty files are no modules."""
    files = (file for file in package.rglob("*.py") if file.stat().st_size)
    for file in sorted(files, key=lambda file: (file.parent, file.name != "__init__.py", file.name)):
        docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        yield file.relative_to(package).as_posix(), docstring.partition("\n")[0]


def layers(checkout: Path = CHECKOUT) -> str:
    """Return the layers as import-linter is told them."""
    contracts = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [told] = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    return "\n".join(("```text", *told, "```"))


def between(text: str, name: str, part: str) -> str:
    """Put a part between its markers. Raises ValueError: the text has not both of them, in order."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, has_begin, rest = text.partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end:
        raise ValueError(f"the page must hold {begin} and, after it, {end}")
    return f"{before}{begin}\n{part}\n{end}{after}"


def all_errors(error: type[CharacterSyncError] = CharacterSyncError) -> Iterator[type[CharacterSyncError]]:
    """Yield an error and everything below it, each before what is below it."""
    yield error
    for below in error.__subclasses__():
        if below.__module__ == error.__module__:
            yield from all_errors(below)


def _setting_groups() -> Iterator[tuple[str, list[str]]]:
    [body] = [node.body for node in ast.parse(inspect.getsource(Settings)).body if isinstance(node, ast.ClassDef)]
    group: list[str] = []
    last_line = 0
    for node in body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if group and node.lineno > last_line + 1:
            yield _title(group), group
            group = []
        group.append(node.target.id)
        last_line = node.end_lineno or node.lineno
    yield _title(group), group


def _title(group: list[str]) -> str:
    return _GROUPS.get(group[0], group[0].replace("_", " ").capitalize())


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, Secret):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Enum):
        return f"`{default.value}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default)
    return "" if default in ("", None) else f"`{default}`"


def _values(field: FieldInfo, schema: dict[str, Any]) -> str:
    if isinstance(field.default, bool):
        return "`true`, `false`"
    least, above, most = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    if least is not None:
        return f"{least:g} or more"
    return "" if above is None else f"more than {above:g}"


def _message(error: type[CharacterSyncError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the pages that are not as they should be, and say which."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"written: {path.relative_to(CHECKOUT)}\n")


if __name__ == "__main__":
    main()
