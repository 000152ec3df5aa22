"""The sync inside a site of your own, for the site's own users (docs/embedding.md)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from character_sync.bootstrap import Service, running_service
from character_sync.domain.errors import NotFound, NotReady
from character_sync.entrypoints.site_sign_ins import SiteIdentity, SiteSignIns
from character_sync.settings import Settings, load_settings

__all__ = ["Embedded", "NotReady", "Settings", "SiteIdentity", "embed", "load_settings"]


class Embedded:
    """The sync as a part of a site: an ASGI app to mount, and what the site tells it. Made by `embed`."""

    def __init__(self, settings: Settings, who: SiteIdentity) -> None:
        self._settings = settings
        self._who = who
        self._opened: Service | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the database and the queue, and answer; for the site's lifespan.

        With a queue in memory it works the queue too; beside a shared one runs `character-sync worker`.

        Raises:
            NotReady: something cannot be used; the message says what and how to put it right.
        """
        works = self._settings.queue_url.startswith("memory://")
        async with running_service(self._settings, works=works, who=self._who) as service:
            self._opened = service
            try:
                yield
            finally:
                self._opened = None

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer REST and Socket.IO: the ASGI app to mount at the path that `public_url` ends with."""
        await self._service.asgi(scope, receive, send)

    async def signed_out(self, site_user_id: str) -> None:
        """Close the sockets of a user of the site, in all their browsers and at all processes.

        Call it once the sign-in no longer holds: a browser that still has one opens its socket again.
        """
        await self._site.sign_out(site_user_id)

    async def erase(self, site_user_id: str) -> None:
        """Erase everything held about a user of the site, at once and for good. Nothing happens when nothing is."""
        owner = await self._site.owner(site_user_id)
        if owner is not None:
            with suppress(NotFound):  # somebody else has erased them at this moment
                await self._service.erase_user.execute(owner)

    @property
    def _service(self) -> Service:
        if self._opened is None:
            raise RuntimeError("Character Sync is not open: enter `embedded.running()` in the lifespan of the site.")
        return self._opened

    @property
    def _site(self) -> SiteSignIns:
        site = self._service.site
        assert site is not None  # it was built with `who`
        return site


def embed(settings: Settings, who: SiteIdentity) -> Embedded:
    """Return the sync for a site whose users are known by `who`.

    Args:
        settings: `public_url` is the site's address with the path that `app` is mounted at.
        who: asked for every request and every socket that brings no personal access token, and again when a sign-in may
            have ended. It gets the request as Starlette has it, cookies and the `session` of the site's middleware
            among that, and returns the site's own id of the user, 1 to 255 characters that never become somebody
            else's, or None when nobody is signed in.
    """
    return Embedded(settings, who)
