"""The host of characters' pictures, which at Battle.net is one of its own: media answers point here.

Source: the path's form is that of captured answers, `/{site}/character/{realm}/{id mod 256}/{id}-avatar.jpg`.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from battle_net_sandbox.characters import Character
from battle_net_sandbox.portraits import portrait
from battle_net_sandbox.sandbox import Sandbox

PREFIX: Final = "/renders"

_HEADERS: Final = {
    "Content-Type": "image/svg+xml",  # whatever the name ends in; browsers go by the type
    "Cache-Control": "public, max-age=86400",  # a race can change
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def picture_address(host: str, character: Character, picture: str) -> str:
    """Where a picture is; `picture` is what the file's name ends in: `avatar.jpg`."""
    number, realm = character.battle_net_id, character.realm
    return f"{host}/{_site(character)}/character/{realm.slug}/{number % 256}/{number}-{picture}"


class Renders:
    """Handles `GET /renders/...`: one portrait for every size of a character's picture."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(PREFIX + r"/{site}/character/{realm}/{folder:\d+}/{number:\d{1,19}}-{picture}", self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """Draw the portrait of the character that the address names."""
        wanted = request.match_info
        character = self._found(wanted["site"], wanted["realm"], int(wanted["number"]))
        if character is None:
            raise web.HTTPNotFound
        return web.Response(body=portrait(character), headers=_HEADERS)

    def _found(self, site: str, slug: str, number: int) -> Character | None:
        # Looked for in every account: pictures are asked for seldom, and an index would be kept for them alone.
        characters = (character for account in self._sandbox.world.accounts for character in account.characters)
        for character in characters:
            if character.battle_net_id == number and character.realm.slug == slug and _site(character) == site:
                return character
        return None


def _site(character: Character) -> str:
    return "-".join(part for part in (character.realm.family, character.realm.region) if part)
