"""A guild's site with members and a login of its own, and the sync mounted into it."""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.requests import HTTPConnection

from character_sync.embedding import embed, load_settings

# The site as it was before: members, their passwords, who is signed in.

COOKIE = "guild_login"


def hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


SALT = secrets.token_bytes(16)
MEMBERS = {name: hashed(f"{name}'s password", SALT) for name in ("thrall", "jaina")}
signed_in: dict[str, str] = {}  # the cookie's value, and whose it is

PAGE = """<!doctype html><title>Our guild</title>
<h1>Our guild</h1>
<p>You are <b id="who">not signed in</b>. <button onclick="logIn()">Sign in</button> <button onclick="logOut()">Sign out</button></p>
<p><a href="/character-sync/auth/battle-net/login?returnTo=/">Link your Battle.net account</a></p>
<p><button onclick="sync()">Sync my characters</button> <span id="progress"></span></p>
<ul id="characters"></ul>
<script>
const api = '/character-sync/api/v1';
const show = (id, text) => { document.getElementById(id).textContent = text; };
const send = (path, body) => fetch(path,
  { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
async function who() { show('who', (await (await fetch('/who')).json()) ?? 'not signed in'); }
async function logIn() { await send('/login', { name: prompt('Name'), password: prompt('Password') }); await who(); }
async function logOut() { await send('/logout'); await who(); }
async function sync() {
  const answer = await send(`${api}/characters/sync`, { gameVersion: 'retail' });
  const told = await answer.json();
  if (!answer.ok) return show('progress', told.detail);
  const events = new EventSource(`${api}/sync-sessions/${told.sessionId}/events`);
  const seen = ({ data }) => show('progress', `${JSON.parse(data).progressPercentage ?? '?'} %`);
  events.addEventListener('sync-progress', seen);
  for (const last of ['sync-complete', 'sync-error']) events.addEventListener(last, (event) => {
    events.close(); seen(event); list();
  });
}
async function list() {
  const { items } = await (await fetch(`${api}/characters`)).json();
  document.getElementById('characters').replaceChildren(...items.map(({ name }) =>
    Object.assign(document.createElement('li'), { textContent: name })));
}
who();
</script>"""


async def member(connection: HTTPConnection) -> str | None:
    """Return the name of the member whose browser this is."""
    return signed_in.get(connection.cookies.get(COOKIE, ""))


# What is new: the sync knows the members by `member`, and runs as long as the site does.

character_sync = embed(load_settings(), who=member)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with character_sync.running():
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/character-sync", character_sync.app)


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@app.get("/who")
async def who(request: Request) -> str | None:
    return await member(request)


@app.post("/login", status_code=204)
async def log_in(name: Annotated[str, Body()], password: Annotated[str, Body()]) -> Response:
    if not hmac.compare_digest(hashed(password, SALT), MEMBERS.get(name, b"")):
        return Response(status_code=401)
    response, secret = Response(status_code=204), secrets.token_urlsafe(32)
    signed_in[secret] = name
    response.set_cookie(COOKIE, secret, httponly=True, samesite="lax")  # and `secure=True` where there is https
    return response


@app.post("/logout", status_code=204)
async def log_out(request: Request) -> Response:
    """End this browser's login first, then tell the sync: it asks `member` again."""
    name = signed_in.pop(request.cookies.get(COOKIE, ""), None)
    if name is not None:
        await character_sync.signed_out(name)
    return Response(status_code=204)


@app.post("/leave-the-guild", status_code=204)
async def leave(request: Request) -> Response:
    """Forget a member: their logins, and everything the sync holds about them."""
    name = await member(request)
    if name is None:
        return Response(status_code=401)
    MEMBERS.pop(name, None)
    for secret in [secret for secret, whose in signed_in.items() if whose == name]:
        del signed_in[secret]
    await character_sync.erase(name)
    return Response(status_code=204)
