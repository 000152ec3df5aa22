"""`examples/webhook_receiver`: the file itself as a process, told by a real sync."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from character_sync.adapters.webhook_sender import new_webhook_secret, signature
from character_sync.client import CharacterSync
from character_sync.ports import Secret
from support.ports import free_port
from support.service import running_service

RECEIVER = Path(__file__).parents[2] / "examples" / "webhook_receiver" / "receiver.py"


@dataclass
class Receiver:
    url: str
    process: asyncio.subprocess.Process

    async def next_message(self) -> dict[str, Any]:
        assert self.process.stdout
        return json.loads(await self.process.stdout.readline())

    async def send(self, secret: Secret, *, message_id: str, at: datetime, body: bytes, signed: bytes) -> int:
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature(secret, message_id=message_id, at=at, body=signed),
        }
        async with aiohttp.ClientSession() as http, http.post(self.url, data=body, headers=headers) as response:
            return response.status


@asynccontextmanager
async def receiving(port: int, secret: Secret, folder: Path) -> AsyncIterator[Receiver]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(RECEIVER), str(port)),
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "WEBHOOK_SECRET": secret.reveal()},
    )
    try:
        assert process.stdout
        while b"Press CTRL+C" not in await process.stdout.readline():
            assert process.returncode is None
        yield Receiver(f"http://127.0.0.1:{port}/webhook", process)
    finally:
        process.terminate()
        await process.wait()


async def test_a_sync_is_told_to_the_receiver(tmp_path: Path) -> None:
    port = free_port()
    async with (
        running_service(tmp_path / "service", webhooks_to_private_addresses=True) as service,
        service.player("six") as player,
        CharacterSync(service.url, player.token) as client,
    ):
        webhook = await client.create_webhook(f"http://127.0.0.1:{port}/webhook", ["sync.finished"])
        async with receiving(port, Secret(webhook.secret), tmp_path) as receiver:
            started = await client.start_sync("retail", region="us")
            message = await receiver.next_message()

    assert message["type"] == "sync.finished"
    assert str(started.session_id) in json.dumps(message)


async def test_only_what_is_signed_and_new_is_taken_and_each_message_once(tmp_path: Path) -> None:
    secret, now = new_webhook_secret(), datetime.now(UTC)
    old = now - timedelta(minutes=6)
    one, two = b'{"number": 1}', b'{"number": 2}'
    async with receiving(free_port(), secret, tmp_path) as receiver:
        statuses = [
            await receiver.send(new_webhook_secret(), message_id="a", at=now, body=one, signed=one),
            await receiver.send(secret, message_id="a", at=now, body=one, signed=two),
            await receiver.send(secret, message_id="a", at=old, body=one, signed=one),
            await receiver.send(secret, message_id="a", at=now, body=one, signed=one),
            await receiver.send(secret, message_id="a", at=now, body=one, signed=one),
            await receiver.send(secret, message_id="b", at=now, body=two, signed=two),
        ]
        taken = [await receiver.next_message(), await receiver.next_message()]

    assert statuses == [401, 401, 401, 204, 204, 204]
    assert taken == [{"number": 1}, {"number": 2}]
