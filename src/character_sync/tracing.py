"""What is put around each part where nothing is traced: nothing, which costs nothing."""

from typing import TypeVar

from starlette.types import ASGIApp

T = TypeVar("T")


class Untraced:
    """Gives every part back as it is. `spans.Spans` gives it back with spans around what it does."""

    def requests(self, app: ASGIApp) -> ASGIApp:
        return app

    def use_case(self, use_case: T) -> T:
        return use_case

    def work(self, work: T) -> T:
        return work

    def battle_net(self, battle_net: T) -> T:
        return battle_net

    def close(self) -> None:
        """Send what is left."""
