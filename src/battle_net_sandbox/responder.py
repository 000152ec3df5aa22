"""What each path of the API answers: the world and the recordings, seen through Battle.net's rules.

Source: statuses and their meanings as developers report them; grades in the project's notes on Battle.net.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from battle_net_sandbox import shapes_account, shapes_profile, shapes_realm
from battle_net_sandbox.answers import Answer, error, json_bytes
from battle_net_sandbox.calls import ACCOUNT, CHARACTER, PROTECTED, REALM, REALM_INDEX, Call
from battle_net_sandbox.characters import Character, Quirk
from battle_net_sandbox.clock import WORLD_START
from battle_net_sandbox.locales import Tree, in_locale
from battle_net_sandbox.realms import Namespace, read_namespace
from battle_net_sandbox.recordings import Recording
from battle_net_sandbox.renders import PREFIX, picture_address
from battle_net_sandbox.sandbox import Sandbox
from battle_net_sandbox.shapes_achievements import HAVE_ACHIEVEMENTS, achievements
from battle_net_sandbox.shapes_equipment import equipment
from battle_net_sandbox.shapes_specializations import specializations
from battle_net_sandbox.tokens import NoToken, Token
from battle_net_sandbox.world import Account

_DAY: Final = 86_400
_PROFILE_SCOPE: Final = "wow.profile"
_MINIMUM_LEVEL: Final = 10


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """How one character path is answered. `after` is how its `Last-Modified` trails the last login, in seconds."""

    shape: Callable[[Character], Tree]
    schema: str
    revision: int
    after: Callable[[Character], int]


def _at_once(_: Character) -> int:
    return 0


def _within_a_second(character: Character) -> int:
    return character.battle_net_id % 2


def _when_rendered(character: Character) -> int:
    return 30 + character.battle_net_id % 60


def _endpoints(sandbox: Sandbox) -> dict[str, _Endpoint]:
    """The character paths by template.

    Schema names of equipment, the account and protected characters are inferred; the others were captured.
    """

    def picture(character: Character, name: str) -> str:
        return picture_address(f"{sandbox.url}{PREFIX}", character, name)

    def achieved(character: Character) -> Tree:
        world = sandbox.world
        owner = world.owner_of(character)
        return achievements(character, owner, world.ever_of(owner, character.realm.family))

    media = partial(shapes_profile.media, picture=picture)
    return {
        CHARACTER: _Endpoint(shapes_profile.profile, "character", 18, _at_once),
        f"{CHARACTER}/status": _Endpoint(shapes_profile.status, "character-status", 2, _at_once),
        f"{CHARACTER}/character-media": _Endpoint(media, "character-media", 4, _when_rendered),
        f"{CHARACTER}/achievements": _Endpoint(achieved, "character-achievements", 2, _at_once),
        f"{CHARACTER}/equipment": _Endpoint(equipment, "character-equipment", 9, _within_a_second),
        f"{CHARACTER}/specializations": _Endpoint(specializations, "character-specializations", 7, _within_a_second),
    }


class Responder:
    """Answers calls that are well paced and meet no fault."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._endpoints = _endpoints(sandbox)

    def answer(self, call: Call, token: Token | NoToken) -> Answer:
        """The answer to a call made with this token."""
        if isinstance(token, NoToken):
            return error(401)
        if call.region is None or call.template.startswith("{"):
            return error(404)
        if call.namespace is None:
            return error(403)
        namespace = read_namespace(call.namespace)
        if namespace is None or namespace.kind != ("dynamic" if call.parts[0] == "data" else "profile"):
            return error(403)
        if namespace.region != call.region:
            return error(404, namespace=str(namespace))
        if call.template.startswith(ACCOUNT):
            return self._account_answer(call, namespace, token)
        remember = self._sandbox.answers.get
        if call.template.startswith(CHARACTER):
            return self._character_answer(call, namespace)
        return remember((call.path, namespace, call.locale), lambda: self._realm_answer(call, namespace))

    def _realm_answer(self, call: Call, namespace: Namespace) -> Answer:
        realms = self._sandbox.world.realms
        if call.template == REALM_INDEX:
            tree = shapes_realm.realm_index(
                realms.of(namespace.region, namespace.family), namespace.region, namespace.family
            )
            return _game_data(tree, call, namespace, "realm-index")
        if call.template == REALM:
            found = realms.find(namespace.region, namespace.family, call.parts[-1])
            if found is not None:
                return _game_data(shapes_realm.realm(found, call.parts[-1]), call, namespace, "realm")
        return error(404, namespace=str(namespace))

    def _account_answer(self, call: Call, namespace: Namespace, token: Token) -> Answer:
        account = self._sandbox.world.account(token.account_id)
        if token.kind != "user" or _PROFILE_SCOPE not in token.scopes:
            return error(403, namespace=str(namespace))
        if account is None:
            return error(401)
        if account.recorded:
            return self._recorded_account(call, namespace, account)
        key = (account.id, call.path, namespace, call.locale)
        return self._sandbox.answers.get(key, lambda: _made_up_account(call, namespace, account))

    def _recorded_account(self, call: Call, namespace: Namespace, account: Account) -> Answer:
        where = (account.id, namespace.region, str(namespace))
        for folder in self._sandbox.recordings:
            if account.id not in folder.accounts():
                continue
            found = (
                folder.account_summary(*where)
                if call.template == ACCOUNT
                else folder.protected(*where, call.parts[-1])
                if call.template == PROTECTED
                else None
            )
            return _played_back(found, namespace, "account-profile")
        return error(404, namespace=str(namespace))

    def _character_answer(self, call: Call, namespace: Namespace) -> Answer:
        realm, name = call.parts[3:5]
        where = (namespace.region, str(namespace), realm, name)
        for folder in self._sandbox.recordings:
            if folder.has_character(*where):
                found = folder.character(*where, call.template.removeprefix(CHARACTER).lstrip("/"))
                endpoint = self._endpoints.get(call.template)
                return _played_back(found, namespace, endpoint.schema if endpoint else "character")
        key = (call.path, namespace, call.locale)
        return self._sandbox.answers.get(key, lambda: self._made_up_character(call, namespace))

    def _made_up_character(self, call: Call, namespace: Namespace) -> Answer:
        slug, name = call.parts[3:5]
        character = self._sandbox.world.character_at(namespace.region, namespace.family, slug, name)
        endpoint = self._endpoints.get(call.template)
        if character is None:
            return error(404, namespace=str(namespace))
        if character.has(Quirk.OTHER_ID):
            character = replace(character, battle_net_id=character.battle_net_id + 1)
        refusal = _refusal(character, call.template)
        if refusal or endpoint is None:
            return error(refusal or 404, namespace=str(namespace))
        return Answer(
            json_bytes(in_locale(endpoint.shape(character), call.locale)),
            namespace=str(namespace),
            schema=endpoint.schema,
            revision=endpoint.revision,
            last_modified=character.last_login + endpoint.after(character),
        )


def _refusal(character: Character, template: str) -> int | None:
    """The status by which Battle.net refuses one path of a character it knows; nothing if it answers."""
    endpoint = template.removeprefix(CHARACTER)
    if endpoint == "/appearance" and character.realm.family == "classic1x":
        return 403
    if endpoint == "/achievements" and character.realm.family not in HAVE_ACHIEVEMENTS:
        return 404
    if character.level < _MINIMUM_LEVEL or character.has(Quirk.NO_PROFILE):
        return 404
    if character.has(Quirk.INVALID_STATUS) and endpoint != "/status":
        return 404
    if endpoint == "/character-media" and character.has(Quirk.MEDIA_MISSING):
        return 404
    if endpoint == "/character-media" and character.has(Quirk.MEDIA_FORBIDDEN):
        return 403
    return None


def _made_up_account(call: Call, namespace: Namespace, account: Account) -> Answer:
    licences = account.lists.get((namespace.region, namespace.family))
    missing = error(404, namespace=str(namespace))
    if licences is None:
        return missing
    if call.template == ACCOUNT:
        tree = shapes_account.account_summary(account, licences, namespace.region, namespace.family)
        return _account_data(tree, call, namespace, "account-profile", account.changed)
    if call.template == PROTECTED:
        for licence in licences:
            for character in licence.characters:
                if call.parts[-1] == f"{character.realm.id}-{character.battle_net_id}" and character.level:
                    tree = shapes_account.protected_character(character, licence.id)
                    return _account_data(tree, call, namespace, "protected-character", character.last_login)
    return missing


def _account_data(tree: Tree, call: Call, namespace: Namespace, schema: str, last_modified: int) -> Answer:
    body = json_bytes(in_locale(tree, call.locale))
    return Answer(body, namespace=str(namespace), schema=schema, revision=2, last_modified=last_modified)


def _game_data(tree: Tree, call: Call, namespace: Namespace, schema: str) -> Answer:
    body = json_bytes(in_locale(tree, call.locale))
    return Answer(
        body,
        namespace=str(namespace),
        schema=schema,
        revision=7,
        last_modified=WORLD_START - _DAY,
        max_age=_DAY,
    )


def _played_back(found: Recording | None, namespace: Namespace, schema: str) -> Answer:
    if found is None:
        return error(404, namespace=str(namespace))
    return Answer(
        found.body,
        status=found.status,
        content_type=found.content_type,
        namespace=str(namespace),
        schema=schema if found.last_modified is not None else "",
        revision=1,
        last_modified=found.last_modified,
    )
