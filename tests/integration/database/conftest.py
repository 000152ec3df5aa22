"""One suite for both databases: every test here runs on SQLite and on PostgreSQL, each time on a new database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.token_vault import TokenVault, generate_key
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.domain.character import ListedCharacter
from character_sync.domain.deduplication import ListingPlan
from character_sync.domain.game import CharacterTemplate, Facet, GameVersion, Realm, Region
from character_sync.domain.sync_session import CharacterSyncSession, SessionKind
from character_sync.ports import BattleNetUser, Grant, Lane, Secret, UserId
from fakes.characters import NOW, RETAIL, listed, session_of
from fakes.queue import NotedJobs


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("support.servers")
