"""Thousands of watchers on one gateway: what a socket costs, how late events come, and what those cost who do not read."""

import asyncio
import resource
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from chaos.clients import COMES_BACK_SECONDS, Client
from chaos.history import Violation
from chaos.light_sockets import LightSocket, joined
from chaos.processes import Running, until
from chaos.site import Site
from character_sync.adapters.progress_channel.channels import open_channels
from character_sync.bootstrap import utc_now
from character_sync.domain.progress import CurrentCharacter, Progress
from character_sync.ports import ProgressChannel

WATCHERS_PER_SESSION: Final = 100
CHARACTERS: Final = 2
AT_ONCE: Final = 20  # connections being made; more only wait for the same core
WARM: Final = 100  # sockets opened before anything is measured: the first ones pay for what all share
JOINS_WITHIN_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.2
HEARD_WITHIN_SECONDS: Final = 60.0
FLOOD_EVENTS: Final = 4_000  # twice what an outbox holds, and more than the kernel takes for a reader
FLOOD_AT_ONCE: Final = 50
LARGE_NAME: Final = "x" * 2_000  # a larger event than any real one: the kernel's buffers are soon full
MOST_KB_PER_SOCKET: Final = 60.0  # measured 45, most of it engine.io's, uvicorn's and asyncio's: more is something new
# The transport's 64 KiB, one read of a frame beyond it, 2,000 references: see ADR 14.
MOST_KB_PER_STALLED: Final = 128.0
SHARED_KB: Final = 24_000.0  # the 2,000 newest events once, decoded, and 256 of them encoded
MOST_KB_OF_MORE: Final = 16.0  # per stalled reader: once all is full, as many events again change nothing
# One address and few players have all sockets here.
SETTINGS: Final = {
    "SOCKETS_PER_USER": "100000",
    "STRANGERS_PER_ADDRESS": "100000",
}


@dataclass
class Figures:
    """Memory in KB of resident size, delays in seconds from `publish` to the client's own process."""

    sockets: int = 0
    stalled: int = 0
    kb_per_socket: float = 0.0
    connects_per_second: float = 0.0
    delays: list[float] = field(default_factory=list)
    missing: int = 0
    closed: int = 0
    kb_for_stalled: float = 0.0
    """For all of them together, and what they share."""
    kb_of_more: float = 0.0

    @property
    def violations(self) -> list[Violation]:
        wrong = {
            f"a socket costs {self.kb_per_socket:.1f} KB": self.kb_per_socket > MOST_KB_PER_SOCKET,
            f"{self.missing} events were not heard, {self.closed} sockets are closed": self.missing > 0,
            f"stalled readers cost {self.kb_for_stalled:.0f} KB": (
                self.kb_for_stalled > SHARED_KB + self.stalled * MOST_KB_PER_STALLED
            ),
            f"and {self.kb_of_more:.1f} KB more for as many events again": self.kb_of_more > MOST_KB_OF_MORE,
        }
        return [Violation("sockets", what) for what, is_so in wrong.items() if is_so]


class _Ears:
    """Hears for all sockets: how long each event took, and how many came."""

    def __init__(self) -> None:
        self.left: dict[int, float] = {}
        self.delays: list[float] = []
        self.newest = 0

    def hear(self, text: bytes) -> None:
        at = text.find(b'"seq":') + 6
        seq = int(text[at : min(end for end in (text.find(b",", at), text.find(b"}", at)) if end > 0)])
        self.newest = max(self.newest, seq)
        if (left := self.left.get(seq)) is not None:
            self.delays.append(time.monotonic() - left)


async def hold(
    site: Site, *, sockets: int, stalled: int, sends: int, per_second: int, each: int = WATCHERS_PER_SESSION
) -> Figures:
    """Hold so many sockets at one `serve`, tell them of events so often, then flood readers who do not read, if any.

    `sends` and `per_second` count one event to one socket; `each` sync session has so many watchers. The site is on
    Redis and has the settings above.
    """
    serve = site.processes.get("serve-0") or await site.serve()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    resource.prlimit(serve.pid, resource.RLIMIT_NOFILE, (hard, hard))
    players = [await site.player(f"has-many-sockets-{n}", CHARACTERS) for n in range(-(-sockets // each))]
    watched = [(player, await player.surely_synced()) for player in players]
    figures, ears = Figures(sockets, stalled), _Ears()
    with ExitStack() as stack:
        for warm in await _open(site, watched, WARM, ears, stack):
            warm.transport.abort()
        await _until_open(site, 0)
        before, began = _kb(serve), time.monotonic()
        await _open(site, watched, sockets, ears, stack)
        figures.connects_per_second = sockets / (time.monotonic() - began)
        await _until_open(site, sockets)
        figures.kb_per_socket = (_kb(serve) - before) / sockets
        async with open_channels(site.queue_url, utc_now) as channels:
            pause = each / per_second
            await _tell(channels.progress, watched, ears, events=sends // each, pause=pause, each=each)
            figures.delays, figures.missing = ears.delays, sends - len(ears.delays)
            figures.closed = sockets - int(await site.metric("sockets"))
            if stalled:
                await _stall(site, serve, channels.progress, figures, stack)
    return figures


async def _open(
    site: Site, watched: list[tuple[Client, str]], count: int, ears: _Ears, stack: ExitStack
) -> list[LightSocket]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(player: Client, session_id: str) -> LightSocket:
        async with places:
            while True:
                with suppress(ConnectionError):  # a busy database's "come again"; `joined` has closed it
                    light = await joined(site.url(), player.token, session_id, ears.hear)
                    stack.callback(light.transport.abort)
                    return light
                await asyncio.sleep(COMES_BACK_SECONDS)

    async with asyncio.timeout(JOINS_WITHIN_SECONDS + count / 20):
        lights = await asyncio.gather(*(one(*watched[number % len(watched)]) for number in range(count)))
        # On a machine with more work than cores a ping may be answered too late; who is closed comes again, as a page.
        while lost := [number for number, light in enumerate(lights) if light.transport.is_closing()]:
            again = await asyncio.gather(*(one(*watched[number % len(watched)]) for number in lost))
            for number, light in zip(lost, again, strict=True):
                lights[number] = light
        return lights


async def _until_open(site: Site, count: int) -> None:
    is_open = await site.metric("sockets")
    give_up = time.monotonic() + JOINS_WITHIN_SECONDS
    while is_open != count:
        assert time.monotonic() < give_up, f"{is_open:.0f} sockets are open, not {count}"
        await asyncio.sleep(LOOK_SECONDS)
        is_open = await site.metric("sockets")


async def _tell(
    channel: ProgressChannel, watched: list[tuple[Client, str]], ears: _Ears, *, events: int, pause: float, each: int
) -> None:
    """Publish evenly, one sync session after the other, and return when all has been heard."""
    begin = time.monotonic()
    for number in range(1, events + 1):
        await asyncio.sleep(max(0.0, begin + number * pause - time.monotonic()))
        _player, session_id = watched[number % len(watched)]
        ears.left[number] = time.monotonic()
        await channel.publish([_event(session_id, number)])
    wanted = events * each
    with suppress(TimeoutError):  # what is missing is judged
        await until(lambda: len(ears.delays) >= wanted, within=HEARD_WITHIN_SECONDS, what=f"{wanted} events")


async def _stall(site: Site, serve: Running, channel: ProgressChannel, figures: Figures, stack: ExitStack) -> None:
    player = await site.player("is-flooded", CHARACTERS)
    session_id = await player.surely_synced()
    reader = _Ears()
    for _ in range(figures.stalled):
        light = await joined(site.url(), player.token, session_id, lambda _text: None, little=True)
        light.transport.pause_reading()
        stack.callback(light.transport.abort)
    stack.callback((await joined(site.url(), player.token, session_id, reader.hear)).transport.abort)
    before = _kb(serve)
    sizes = []
    for first in (1, FLOOD_EVENTS + 1):
        for at in range(first, first + FLOOD_EVENTS, FLOOD_AT_ONCE):
            await channel.publish([_event(session_id, n, name=LARGE_NAME) for n in range(at, at + FLOOD_AT_ONCE)])
            last = at + FLOOD_AT_ONCE - 1
            await until(lambda last=last: reader.newest >= last, within=HEARD_WITHIN_SECONDS, what="the flood")
        sizes.append(_kb(serve))
    figures.kb_for_stalled = max(sizes) - before
    figures.kb_of_more = (sizes[1] - sizes[0]) / figures.stalled


def _event(session_id: str, seq: int, *, name: str = "Pâllywar") -> Progress:
    character = CurrentCharacter(uuid4(), name, "confrérie-du-thorium", "processing")
    return Progress(UUID(session_id), "processing", "retail", 60, 0, 0, 0, seq, character, 12)


def _kb(running: Running) -> float:
    """Return a process's resident memory."""
    lines = Path(f"/proc/{running.pid}/status").read_text("utf-8").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))
