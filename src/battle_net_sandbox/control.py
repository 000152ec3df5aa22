"""The control API under `/sandbox/`: tests and demos change the world, make faults and read counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from aiohttp import web

from battle_net_sandbox.accounts import generated_account
from battle_net_sandbox.answers import json_bytes
from battle_net_sandbox.characters import Character
from battle_net_sandbox.faults import FaultRule
from battle_net_sandbox.guards import Handler, same_machine_only
from battle_net_sandbox.locales import Json
from battle_net_sandbox.sandbox import Sandbox
from battle_net_sandbox.world import LARGEST_LIST, Account, NotPossibleError, UnknownError, Wanted

Body = TypeVar("Body")
RegionName = Literal["us", "eu", "kr", "tw"]
VersionName = Literal["retail", "classic_era", "classic_sod", "classic_anniversary", "classic_progression"]
_JSON: Final = "application/json"


class NewAccount(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A body of `POST /sandbox/accounts`, and an entry of an accounts file."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{1,100}$")]
    game_version: VersionName
    region: RegionName
    characters: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_LIST)]
    seed: int | None = None
    """The sandbox's own seed if left out."""
    keep: bool = False
    """Keep what an account of this id has in other regions and namespaces."""


class Action(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A body of `POST /sandbox/accounts/{id}/characters/{battleNetId}`."""

    action: Literal[
        "rename", "transfer", "faction_change", "delete", "restore", "recreate", "play", "level", "swap_names"
    ]
    name: Annotated[str, msgspec.Meta(pattern=r"^[^\W\d_]{2,12}$")] | None = None
    """For `rename`: two to twelve letters."""
    realm: str | None = None
    """For `transfer`: a slug of the same game version and region."""
    new_id: bool = False
    """For `transfer` and `faction_change`: Battle.net gives the character another id, as players report."""
    level: Annotated[int, msgspec.Meta(ge=1, le=90)] | None = None
    """For `level`, and for `play`: the level it logs out with."""
    other_account: str | None = None
    other_id: int | None = None
    """For `swap_names`: whose character of the same realm it swaps names with."""
    spec: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """For `play`: which of its class's specializations it logs out with, counted from 0 and round and round."""
    region: RegionName | None = None
    game_version: VersionName | None = None
    """With `region`: which character is meant where an account has the id more than once; all of them otherwise."""


class AdvanceClock(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Move the virtual clock by so many seconds."""

    advance_seconds: float


class Pace(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A body of `POST /sandbox/settings`; what is left out stays."""

    latency_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] | None = None
    requests_per_second: Annotated[int, msgspec.Meta(ge=0)] | None = None
    clock: datetime | AdvanceClock | None = None
    """An ISO 8601 time with its zone, or a step."""


class Control:
    """Handles `/sandbox/*`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, app: web.Application) -> None:
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/sandbox/accounts", self.list_accounts),
            ("POST", "/sandbox/accounts", self.put_account),
            ("DELETE", "/sandbox/accounts/{id}", self.remove_account),
            ("POST", "/sandbox/accounts/{id}/characters/{battleNetId}", self.act),
            ("GET", "/sandbox/faults", self.list_faults),
            ("POST", "/sandbox/faults", self.add_fault),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("GET", "/sandbox/settings", self.show_settings),
            ("POST", "/sandbox/settings", self.change_settings),
            ("GET", "/sandbox/stats", self.show_stats),
            ("DELETE", "/sandbox/stats", self.reset_stats),
        )
        for method, path, handler in routes:
            app.router.add_route(method, path, same_machine_only(handler))

    async def list_accounts(self, _: web.Request) -> web.Response:
        """Every account with its lists."""
        return _answer([_describe(account) for account in self._sandbox.world.accounts])

    async def put_account(self, request: web.Request) -> web.Response:
        """Create or replace an account of generated characters."""
        account = put_account(self._sandbox, await _read(request, NewAccount))
        return _answer(_describe(account), HTTPStatus.CREATED)

    async def remove_account(self, request: web.Request) -> web.Response:
        """Close an account; its tokens answer 401."""
        return _carry_out(lambda: self._sandbox.world.remove(request.match_info["id"]))

    async def act(self, request: web.Request) -> web.Response:
        """Let something happen to a character."""
        action = await _read(request, Action)
        number = request.match_info["battleNetId"]
        if not number.isdecimal():
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "battleNetId must be a number")
        return _carry_out(lambda: self._act(request.match_info["id"], int(number), action))

    def _act(self, account_id: str, number: int, action: Action) -> list[Character]:
        world = self._sandbox.world
        wanted = _wanted(number, action)
        plain: dict[str, Callable[[str, Wanted], list[Character]]] = {
            "delete": world.delete,
            "restore": world.restore,
            "recreate": world.recreate,
        }
        if action.action in plain:
            return plain[action.action](account_id, wanted)
        if action.action == "play":
            return world.play(account_id, wanted, level=action.level, spec=action.spec)
        if action.action == "faction_change":
            return world.change_faction(account_id, wanted, new_id=action.new_id)
        return self._act_on(account_id, wanted, action)

    def _act_on(self, account_id: str, wanted: Wanted, action: Action) -> list[Character]:
        """Carry out what needs to be told more."""
        world = self._sandbox.world
        match action:
            case Action(action="rename", name=str(name)):
                return world.rename(account_id, wanted, name)
            case Action(action="transfer", realm=str(realm)):
                return world.transfer(account_id, wanted, realm, new_id=action.new_id)
            case Action(action="level", level=int(level)):
                return world.reach(account_id, wanted, level)
            case Action(action="swap_names", other_account=str(other), other_id=int(other_id)):
                return world.swap_names((account_id, wanted), (other, _wanted(other_id, action)))
            case _:
                needs = {"rename": "a name", "transfer": "a realm", "level": "a level"}
                told = needs.get(action.action, "otherAccount and otherId")
                raise NotPossibleError(f"{action.action} needs {told}")

    async def list_faults(self, _: web.Request) -> web.Response:
        """The rules in force and how many requests each has taken."""
        return _answer(self._sandbox.faults.report())

    async def add_fault(self, request: web.Request) -> web.Response:
        """Add a rule behind those there are."""
        self._sandbox.faults.add(await _read(request, FaultRule))
        return _answer({"rules": len(self._sandbox.faults)}, HTTPStatus.CREATED)

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Let everything go well again."""
        self._sandbox.faults.clear()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def show_settings(self, _: web.Request) -> web.Response:
        """Pace and clock as they are."""
        return _answer(self._settings())

    async def change_settings(self, request: web.Request) -> web.Response:
        """Change the pace, or move the virtual clock."""
        pace = await _read(request, Pace)
        if isinstance(pace.clock, datetime) and pace.clock.tzinfo is None:
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "clock needs a time zone, such as a final Z")
        if pace.latency_ms is not None:
            self._sandbox.latency_ms = pace.latency_ms
        if pace.requests_per_second is not None:
            self._sandbox.limit.requests_per_second = pace.requests_per_second
        if isinstance(pace.clock, datetime):
            self._sandbox.clock.set_to(pace.clock.astimezone(UTC))
        elif pace.clock is not None:
            self._sandbox.clock.advance(pace.clock.advance_seconds)
        return _answer(self._settings())

    def _settings(self) -> Json:
        sandbox = self._sandbox
        return {
            "latencyMs": sandbox.latency_ms,
            "requestsPerSecond": sandbox.limit.requests_per_second,
            "clock": sandbox.clock.iso(),
        }

    async def show_stats(self, _: web.Request) -> web.Response:
        """What clients asked since the last reset."""
        return _answer(self._sandbox.stats.report())

    async def reset_stats(self, _: web.Request) -> web.Response:
        """Count from nothing."""
        self._sandbox.stats.reset()
        return web.Response(status=HTTPStatus.NO_CONTENT)


def put_account(sandbox: Sandbox, new: NewAccount) -> Account:
    """Create or replace a generated account."""
    world = sandbox.world
    before = world.account(new.id)
    seed = sandbox.settings.seed if new.seed is None else new.seed
    account = generated_account(world, new.id, new.game_version, new.region, new.characters, seed)
    if new.keep and before is not None:
        account = replace(account, lists={**before.lists, **account.lists}, description=before.description)
    world.put(account)
    return account


def load_accounts(sandbox: Sandbox, file: Path) -> None:
    """Create the accounts a file lists."""
    for new in msgspec.json.decode(file.read_bytes(), type=list[NewAccount]):
        put_account(sandbox, new)


def _wanted(number: int, action: Action) -> Wanted:
    def wanted(character: Character) -> bool:
        return (
            character.battle_net_id == number
            and action.region in {None, character.realm.region}
            and action.game_version in {None, character.realm.game_version}
        )

    return wanted


class _RefusedBodyError(web.HTTPUnprocessableEntity):
    """The body is not what the contract says; the text names the field."""


async def _read(request: web.Request, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as problem:  # a ValidationError is one, and names the field
        raise _RefusedBodyError(text=_error(str(problem)).decode(), content_type=_JSON) from problem


def _error(message: str) -> bytes:
    return json_bytes({"error": message})


def _carry_out(change: Callable[[], list[Character] | None]) -> web.Response:
    try:
        after = change()
    except UnknownError as problem:
        return _problem(HTTPStatus.NOT_FOUND, str(problem))
    except NotPossibleError as problem:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem))
    if after is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    return _answer({"characters": [_character(character) for character in after]})


def _character(character: Character) -> Json:
    return {
        "battleNetId": character.battle_net_id,
        "name": character.name,
        "origin": character.origin,
        "realm": character.realm.slug,
        "realmId": character.realm.id,
        "region": character.realm.region,
        "gameVersion": character.realm.game_version,
        "level": character.level,
        "lastLogin": character.last_login * 1_000,
    }


def _describe(account: Account) -> Json:
    return {
        "id": account.id,
        "battletag": account.battletag,
        "sub": str(account.number),
        "description": account.description,
        "recorded": account.recorded,
        "characters": [_character(character) for character in account.characters],
    }


def _answer(value: Any, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type=_JSON, status=status)


def _problem(status: int, message: str) -> web.Response:
    return web.Response(body=_error(message), content_type=_JSON, status=status)
