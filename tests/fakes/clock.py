"""A clock that goes when it is told to."""

from datetime import datetime, timedelta

from fakes.characters import NOW


class FakeClock:
    """Keeps the port `Clock`; `sleep` passes the time it is asked to, at once."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, time: timedelta) -> None:
        self.now += time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
