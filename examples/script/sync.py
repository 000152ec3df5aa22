"""Syncs a player's characters, shows how it goes, and prints what came of it."""

import asyncio
import os
import sys

from character_sync.client import CharacterSync, CharacterSyncError, SyncAlreadyActive

URL = os.environ.get("CHARACTER_SYNC_URL", "http://127.0.0.1:8000")
TOKEN = os.environ["CHARACTER_SYNC_TOKEN"]


async def main(game_version: str, region: str) -> None:
    async with CharacterSync(URL, TOKEN) as client:
        try:
            session_id = (await client.start_sync(game_version, region=region)).session_id
        except SyncAlreadyActive as running:
            session_id = running.active_session_id
        async for progress in client.watch(session_id):
            print(f"{progress.progress_percentage:3}%  {progress.processed_characters} of {progress.total_characters}")
        for character in await client.characters(game_version=game_version, region=region):
            print(f"{character.name} ({character.realm_name}), level {character.level}")


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except CharacterSyncError as error:
        sys.exit(f"{error.code}: {error.sentence}")
