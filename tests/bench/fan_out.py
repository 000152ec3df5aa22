"""Part 4: how late an event comes to a thousand watchers, and what an idle socket holds."""

from typing import Any, Final

from bench.grounds import SHARED, UNPACED, Grounds
from bench.measure import MS, at_share, figure, median, spread
from chaos.sockets import hold

SESSIONS: Final = 100
MOST_MS: Final = 50
MOST_KB: Final = 40
# At 100 requests per second, four for a character, 25 characters are taken up and settled in a second: 50 events, each
# to ten watchers. And twice that.
SENDS_PER_SECOND: Final = (500, 1_000)
WATCHERS_OF_IDLE: Final = 100
WHERE_MEMORY_GOES: Final = (
    "Where the memory of a socket goes, by what Python allocated for 300 of them (tracemalloc): uvicorn's WebSocket 5 KB "
    "and the websockets library under it 4 KB, asyncio's queues 5 KB (two, of three deques and an event each; an empty deque "
    "is 0.7 KB), its locks 4 KB (five events), its tasks, timers and transport 8 KB, engine.io and Socket.IO 7 KB, our "
    "gateway with outbox, connection and the two tasks of a socket 7 KB. Since then a task and a queue for telling are made "
    "only while there is something to tell, which is a tenth of the whole, engine.io's queue holds a list instead of a deque, and "
    "headers of the upgrade are dropped; the rest is the libraries'."
)


async def fan_out(grounds: Grounds) -> dict[str, Any]:
    sizes, figures = grounds.sizes, []
    each = max(1, sizes.watchers // SESSIONS)
    async with grounds.sandbox() as sandbox:
        for per_second in SENDS_PER_SECOND:
            p99, p50 = [], []
            for _ in range(min(sizes.runs, 3)):
                async with grounds.site(SHARED, sandbox, works=False, **UNPACED) as site:
                    held = await hold(
                        site, sockets=sizes.watchers, stalled=0, sends=sizes.sends, per_second=per_second, each=each
                    )
                assert not held.missing, f"{held.missing} events were not heard"
                p99.append(MS * at_share(held.delays, 0.99))
                p50.append(MS * at_share(held.delays, 0.5))
            high = median(p99)
            figures.append(
                figure(
                    f"{sizes.watchers} watchers of {-(-sizes.watchers // each)} syncs, {per_second} sends a second, p99",
                    high,
                    "ms",
                    at_most=MOST_MS,
                    note=f"median {median(p50):.1f} ms; p99 of {spread(p99, 1)}",
                    digits=1,
                )
            )
            grounds.say(f"  {per_second} sends a second: p99 {high:.1f} ms, median {median(p50):.1f} ms")
        async with grounds.site(SHARED, sandbox, works=False, **UNPACED) as site:
            idle = await hold(
                site, sockets=sizes.idle, stalled=0, sends=sizes.idle, per_second=1_000, each=WATCHERS_OF_IDLE
            )
        figures.append(
            figure(
                f"memory of one of {sizes.idle} idle sockets",
                idle.kb_per_socket,
                "KB",
                at_most=MOST_KB,
                note=f"{idle.connects_per_second:.0f} connected and joined in a second",
                digits=1,
            )
        )
    return {
        "name": "Fan-out",
        "what": (
            "One `serve`, its watchers on bare sockets in the harness's process, events published over Redis as a worker "
            "publishes them, at once after its commit. The figure is the time from publishing until the client's process "
            "has the event. Memory is the process's resident size, divided by the sockets, which have all joined a sync."
        ),
        "figures": figures,
        "notes": [WHERE_MEMORY_GOES],
    }
