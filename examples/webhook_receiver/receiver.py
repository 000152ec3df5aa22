"""Receives webhooks: only what Character Sync has signed, nothing old, and each message once."""

import base64
import hashlib
import hmac
import os
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

TOLERANCE_SECONDS = 300  # how far a message's time may be from ours; what is older may be a replay
TAKEN = web.AppKey("taken", sqlite3.Connection)
SECRET = web.AppKey("secret", bytes)


def is_signed(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body comes from whoever knows the secret, now (standardwebhooks.com)."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isascii() or not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE_SECONDS:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode("utf-8", "surrogateescape") + body
    expected = b"v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest())
    given = headers.get("webhook-signature", "").encode("utf-8", "surrogateescape").split()
    return any(hmac.compare_digest(expected, signature) for signature in given)


async def receive(request: web.Request) -> web.Response:
    """Keep the message and answer at once. Whatever takes longer works from what is kept."""
    body = await request.read()
    if not is_signed(request.app[SECRET], request.headers, body):
        return web.Response(status=401)
    with request.app[TAKEN] as database:  # the id is the key: a message that comes twice is kept once
        statement = "INSERT OR IGNORE INTO messages VALUES (?, ?)"
        is_new = database.execute(statement, (request.headers["webhook-id"], body.decode())).rowcount == 1
    if is_new:
        print(body.decode(), flush=True)
    return web.Response(status=204)


def receiver(secret: str, file: Path) -> web.Application:
    app = web.Application()
    app[SECRET] = base64.b64decode(secret.removeprefix("whsec_"))
    app[TAKEN] = sqlite3.connect(file)
    app[TAKEN].execute("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    app.router.add_post("/webhook", receive)
    return app


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8100
    web.run_app(receiver(os.environ["WEBHOOK_SECRET"], Path("messages.db")), host="127.0.0.1", port=port)
