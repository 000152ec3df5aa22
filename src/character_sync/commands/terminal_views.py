"""How a sync looks in a terminal: a live bar, plain lines or JSON while it goes on, a table in the end."""

import json
import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from character_sync.domain.sync_session import Reason
from character_sync.schemas.events import SYNC_COMPLETE, SYNC_ERROR, SYNC_PROGRESS

SHOWN_AT_ONCE = 3  # characters of a kind under the bar: what an eye can follow
PIPE_COLUMNS = 160  # a file has no width; the widest usual table fits
UNBOUNDED = 1_000  # columns; wider than any table, to learn how wide it would be
HEADS = ("Name", "Realm", "Level", "Class", "Spec", "iLvl", "Status", "Reason")

REASONS = {
    Reason.NOT_FOUND: "Battle.net does not know it: not played for long, renamed or moved",
    Reason.HIDDEN: "Battle.net keeps it hidden",
    Reason.NOT_OFFERED: "not offered for this game version",
    Reason.BELOW_LEVEL_10: "Battle.net shows characters from level 10 on",
    Reason.NOT_MODIFIED: "nothing new since the last sync",
    Reason.UPSTREAM_UNAVAILABLE: "Battle.net did not answer; try again later",
    Reason.RATE_LIMITED: "Battle.net was too busy; try again later",
    Reason.ANSWER_UNREADABLE: "Battle.net's answer could not be read",
    Reason.TOKEN_UNDECRYPTABLE: "the sign-in cannot be read any more; sign in again",
    Reason.TOKEN_EXPIRED: "the sign-in has ended; sign in again",
    Reason.CRASHED: "the service stumbled over it; try again",
    Reason.DEADLINE: "the sync ran out of time",
    Reason.CANCELLED: "the sync was cancelled",
}
STYLES = {"completed": "green", "skipped": "yellow", "failed": "red", "cancelled": "dim", "processing": "cyan"}
MARKS = {"completed": "✓", "skipped": "–", "failed": "✗", "cancelled": "–"}
ASCII_MARKS = {"completed": "+", "skipped": "-", "failed": "x", "cancelled": "-"}

Message = dict[str, Any]


class View(ABC):
    """Shows a sync while it goes on. Used as a context manager."""

    def __init__(self) -> None:
        self.console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False)
        self._noted = ""

    def __enter__(self) -> None:  # noqa: B027 - only the live view has something to begin and to end
        """Begin to show."""

    def __exit__(self, *_exc: object) -> None:  # noqa: B027 - only the live view has something to begin and to end
        """Stop to show."""

    @abstractmethod
    def show(self, name: str, message: Message) -> None: ...

    def note(self, sentence: str) -> None:
        """Tell how the connection is, once per change; nothing when it is well."""
        if sentence and sentence != self._noted:
            aside(sentence)
        self._noted = sentence


class JsonView(View):
    def show(self, name: str, message: Message) -> None:
        sys.stdout.write(json.dumps({"event": name, **message}) + "\n")
        sys.stdout.flush()


class LineView(View):
    """One line per settled character: for logs and pipes."""

    def show(self, name: str, message: Message) -> None:
        current = message.get("currentCharacter")
        if name != SYNC_PROGRESS or (current and current["status"] == "processing"):
            return
        about = f"{_who(current)}: {current['status']}{_because(current)}" if current else message["status"]
        line = f"{message['progressPercentage']:3}%  {_counted(message)}  {about}"
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class LiveView(View):
    """A bar, and under it the characters just settled and those in work."""

    def __init__(self) -> None:
        super().__init__()
        self._spinner = Spinner("line" if self.console.options.ascii_only else "dots")
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[counted]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[left]}"),
            console=self.console,
        )
        self._task = self._bar.add_task("Starting", total=None, counted="", left="")
        self._settled: deque[Message] = deque(maxlen=SHOWN_AT_ONCE)
        self._in_work: dict[str, Message] = {}
        self._live = Live(console=self.console, get_renderable=self._rendered, refresh_per_second=10)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *_exc: object) -> None:
        self._settled.clear()
        self._in_work.clear()
        self._live.__exit__(None, None, None)

    def note(self, sentence: str) -> None:
        """Say it beside the bar, where it goes away by itself."""
        self._bar.update(self._task, left=sentence)

    def show(self, name: str, message: Message) -> None:
        if name == SYNC_ERROR:
            return
        if current := message.get("currentCharacter"):
            self._in_work.pop(current["id"], None)
            if current["status"] == "processing":
                self._in_work[current["id"]] = current
            else:
                self._settled.append(current)
        left = message.get("etaSeconds")
        self._bar.update(
            self._task,
            description=f"{'Synced' if name == SYNC_COMPLETE else 'Syncing'} {message['gameVersion']}",
            total=max(message["totalCharacters"], 1),
            completed=message["processedCharacters"] if message["totalCharacters"] else 1,
            counted=_counted(message),
            left="" if left is None or name == SYNC_COMPLETE else f"about {timedelta(seconds=left)} left",
        )

    def _rendered(self) -> Group:
        lines = [
            Text("  ").append(_marked(one["status"], self.console)).append(f"{_who(one)}{_because(one)}")
            for one in self._settled
        ]
        for one in list(self._in_work.values())[-SHOWN_AT_ONCE:]:
            frame = self._spinner.render(monotonic())
            lines.append(Text("  ").append(str(frame), "cyan").append(f" {_who(one)}"))
        if len(self._in_work) > SHOWN_AT_ONCE:
            lines.append(Text(f"    and {len(self._in_work) - SHOWN_AT_ONCE} more", "dim"))
        for line in lines:
            line.truncate(self.console.width, overflow="ellipsis")  # a wrapped line would make the bar jump
        return Group(self._bar, *lines)


def show_characters(console: Console, session: Message, known: Mapping[str, Message]) -> None:
    """Print what came of each character of a sync session; `known` are the characters by id, and may lack some."""
    rows = [_row(one, known.get(one["id"], {}), console) for one in session["characters"]]
    table = _table(rows, HEADS)
    has_room = console.measure(table, options=console.options.update(width=UNBOUNDED)).maximum <= console.width
    if not has_room:
        table = _table(rows, HEADS[:-1])
    if rows:
        console.print(table)
    if not has_room:  # reasons are sentences: squeezed into a column they become towers of words
        for name, *_, status, reason in rows:
            if reason.plain:
                console.print(Text.assemble(" ", name, ": ", status.plain[2:], ", ", reason))
        console.print()
    console.print(Text(_summary(session)))


def _table(rows: Sequence[tuple[Text, ...]], heads: tuple[str, ...]) -> Table:
    """Return a table of the columns that have something to say. Where there is no room, realms and specs wrap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    filled = [number for number in range(len(heads)) if any(row[number].plain for row in rows)]
    for number in filled:
        head = heads[number]
        is_number = head in {"Level", "iLvl"}
        table.add_column(head, justify="right" if is_number else "left", no_wrap=head not in {"Realm", "Spec"})
    for row in rows:
        table.add_row(*(row[number] for number in filled))
    return table


def _row(one: Message, full: Message, console: Console) -> tuple[Text, ...]:
    return (
        Text(plain(one["name"])),
        Text(plain(full.get("realmName") or one["realm"])),
        Text(_number(full.get("level"))),
        Text(plain((full.get("characterClass") or {}).get("name") or "")),
        Text(plain((full.get("activeSpec") or {}).get("name") or "")),
        Text(_number(full.get("itemLevel"))),
        _marked(one["status"], console).append(one["status"]),
        Text(_in_words(one.get("reason"))),
    )


def _summary(session: Message) -> str:
    total, failed, skipped = (session[f"{name}Characters"] for name in ("total", "failed", "skipped"))
    if session["status"] == "cancelled":
        return f"The sync was cancelled after {session['processedCharacters']} of {total} characters."
    if not total:
        return f"Battle.net lists no characters of {session['gameVersion']} in {session['region']}."
    parts = [f"{total} character{'' if total == 1 else 's'}", f"{total - failed - skipped} completed"]
    parts += [f"{count} {status}" for count, status in ((skipped, "skipped"), (failed, "failed")) if count]
    return ", ".join(parts) + "."


def _counted(message: Message) -> str:
    counted = f"{message['processedCharacters']} of {message['totalCharacters']}"
    for status in ("failed", "skipped"):
        if message[f"{status}Characters"]:
            counted += f", {message[f'{status}Characters']} {status}"
    return counted


def _marked(status: str, console: Console) -> Text:
    marks = ASCII_MARKS if console.options.ascii_only else MARKS
    return Text().append(f"{marks.get(status, ' ')} ", STYLES.get(status, ""))


def _who(character: Message) -> str:
    return plain(f"{character['name']} ({character['realm']})")


def _because(character: Message) -> str:
    return f": {_in_words(character['reason'])}" if character.get("reason") else ""


def _in_words(reason: str | None) -> str:
    """A reason newer than this client stands as its code."""
    return plain(REASONS.get(Reason(reason), reason)) if reason in set(Reason) else plain(reason or "")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def plain(text: str) -> str:
    """Return text that moves no cursor: names and sentences come from elsewhere."""
    return "".join(character if character.isprintable() else " " for character in text)


def aside(sentence: str) -> None:
    """Say something to the person, not to whatever reads the output."""
    sys.stderr.write(f"character-sync: {sentence}\n")
    sys.stderr.flush()
