"""Where secrets live in the code: what is named like one is a `Secret`, and few places look inside."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import msgspec
import pytest
from pydantic import BaseModel

import character_sync
from character_sync.adapters.database.tables import metadata
from character_sync.ports import Secret
from character_sync.schemas.rest import CreatedAccessToken

SOURCES = Path(character_sync.__file__).parent
SMELLS = re.compile(r"token|secret|passw|credential|authorization|cookie|key|state|code|browser|nonce", re.IGNORECASE)

NO_SECRETS = {
    "adapters.battle_net.json_shapes.Asset.key": "which picture an asset is",
    "adapters.battle_net.json_shapes.Loadout.talent_loadout_code": "talents, for copying into the game",
    "adapters.database.key_custody.Custody.sealing_key_id": "a key's public name",
    "adapters.database.key_custody.KeyUse.key_id": "a key's public name",
    "adapters.database.key_custody.KeyUse.tokens": "a count",
    "adapters.database.token_vault.Sealed.key_id": "a key's public name",
    "domain.character.Specialization.loadout_code": "talents, for copying into the game",
    "domain.deduplication.SavedCharacter.key": "the character key",
    "domain.enrichment.FacetResult.state": "how a facet is",
    "domain.identity.Fact.code": "which fact it is",
    "domain.identity.Judgement.key": "the character key",
    "domain.freshness.HeldFacet.state": "how a facet is",
    "domain.progress.Progress.code": "an error's code",
    "domain.sync_session.CharacterSyncSession.error_code": "an error's code",
    "domain.sync_session.CharacterSyncSession.run_token": "the fence's number",
    "entrypoints.character_sync_gateway._Socket.credential": "its secret is one",
    "entrypoints.identity.Credential.is_browser": "what kind it is",
    "entrypoints.identity.Identity.cookies": "the names of the cookies",
    "ports.characters.FacetFreshness.state": "how a facet is",
    "ports.characters.FacetRow.state": "how a facet is",
    "ports.holdings.HeldState.state": "how a facet was, and when",
    "schemas.events.SyncError.code": "an error's code",
    "entrypoints.rest.context.RestContext.new_webhook_secret": "what makes one",
    "schemas.changes.CreatedWebhook.secret": "the one answer that shows it to its owner; not in its repr",
    "schemas.changes.ReplacedSecret.secret": "the one answer that shows it to its owner; not in its repr",
    "schemas.contents.SpecializationAnswer.loadout_code": "talents, for copying into the game",
    "schemas.export.Export.access_tokens": "their names and dates",
    "schemas.export.ExportHead.access_tokens": "their names and dates",
    "use_cases.export_user.AboutUser.tokens": "their names and dates",
    "schemas.identity.EvidenceAnswer.code": "which fact it is",
    "schemas.history.FacetAsOf.state": "whether it is known how a facet was",
    "schemas.history.FacetDiffAnswer.state": "whether a facet is different",
    "schemas.rest.CreatedAccessToken.token": "the one answer that shows a new token to its owner; not in its repr",
    "schemas.rest.FacetAnswer.state": "how a facet is",
    "schemas.rest.Problem.code": "an error's code",
    "schemas.rest.SessionSummary.code": "an error's code",
    "schemas.rest.Snapshot.code": "an error's code",
    "schemas.export.ExportedSession.code": "an error's code",
}

REVEALED_IN = {
    "adapters/battle_net/client.py": "the Authorization header, and the check that a token can be in one",
    "adapters/battle_net/oauth.py": "the sign-in's address and form, and the Authorization header",
    "adapters/data_folder.py": "the demo's key file",
    "adapters/database/sign_ins.py": "hashing",
    "adapters/database/token_vault.py": "reading the keys, and sealing",
    "adapters/webhook_sender.py": "signing",
    "cli.py": "`keys generate` prints its key, `login` the token it was asked for",
    "client/requests.py": "the Authorization header",
    "client/watching.py": "what opens the socket",
    "commands/doctor.py": "whether the vault opens what it sealed",
    "entrypoints/identity.py": "whether a token begins as ours do",
    "entrypoints/rest/me.py": "a new personal access token, for its owner",
    "entrypoints/rest/webhooks.py": "a new webhook's secret, for its owner",
    "entrypoints/rest/sign_in.py": "the cookie, and the way to Battle.net",
    "use_cases/link_battle_net_account.py": "a sign-in attempt is bound to the browser and the user it began for; only its hash is kept",
}


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(character_sync.__path__, "character_sync."):
        if ".migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def is_record(kind: type) -> bool:
    return (
        dataclasses.is_dataclass(kind)
        or issubclass(kind, (BaseModel, msgspec.Struct))
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def suspicious_fields() -> Iterator[tuple[str, Any]]:
    for module in modules():
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and is_record(kind):
                for name, hint in get_type_hints(kind).items():
                    if SMELLS.search(name):
                        yield f"{module.__name__.removeprefix('character_sync.')}.{kind.__name__}.{name}", hint


def plain_arguments() -> Iterator[str]:
    """Yield every argument that is named like a token or a secret, and is text."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for argument in (*node.args.args, *node.args.kwonlyargs):
                kind = ast.unparse(argument.annotation) if argument.annotation else ""
                if re.search(r"token$|secret$", argument.arg) and re.search(r"\bstr\b", kind):
                    yield f"{file.relative_to(SOURCES)}:{node.name}:{argument.arg}"


def test_every_argument_named_like_a_secret_is_one() -> None:
    # Typer reads text, and so do programs that use the client; both functions make it one at once.
    assert sorted(plain_arguments()) == ["cli.py:sync:token", "client/character_sync.py:__init__:token"]


def test_every_field_named_like_a_secret_is_one_or_has_a_reason_not_to_be() -> None:
    fields = dict(suspicious_fields())
    plain = {name for name, hint in fields.items() if hint not in {Secret, Secret | None}}
    assert len(fields) > len(NO_SECRETS)
    assert plain == NO_SECRETS.keys()


def test_a_new_personal_access_token_is_not_in_the_repr_of_the_answer_that_shows_it() -> None:
    assert not CreatedAccessToken.model_fields["token"].repr


def reveals() -> Counter[str]:
    return Counter(
        str(file.relative_to(SOURCES))
        for file in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    )


def test_secrets_are_revealed_only_where_there_is_a_reason_to() -> None:
    assert reveals().keys() == REVEALED_IN.keys()


@pytest.mark.parametrize("way_around", ["._value", "get_secret_value", "SecretStr"])
def test_there_is_no_way_around_reveal(way_around: str) -> None:
    users = {str(file.relative_to(SOURCES)) for file in SOURCES.rglob("*.py") if way_around in file.read_text("utf-8")}
    assert users == ({"ports/basics.py"} if way_around == "._value" else set())


def test_no_log_line_is_given_a_revealed_secret() -> None:
    """Only literal calls can be seen here; the leak scan sees what is really written."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_log(node.func):
                assert "reveal" not in ast.dump(node), (file, node.lineno)


def is_log(function: ast.Attribute) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    return function.attr in levels and isinstance(function.value, ast.Name) and function.value.id in {"log", "_log"}


def test_whoever_sends_requests_follows_no_redirect_so_that_no_token_goes_along() -> None:
    sends = {
        str(file.relative_to(SOURCES)): text.count("allow_redirects=False")
        for file in SOURCES.rglob("*.py")
        if "aiohttp.ClientSession(" in (text := file.read_text("utf-8"))
    }
    assert sends == {
        "client/requests.py": 1,
        "adapters/battle_net/transport.py": 1,
        "adapters/webhook_sender.py": 1,
    }


def test_ciphertexts_are_in_the_tables_that_a_rotation_works_through() -> None:
    """Another table of ciphertexts must be taught to `keys rotate`, or its keys are removed under it."""
    assert [str(table.c.ciphertext) for table in metadata.tables.values() if "ciphertext" in table.c] == [
        "battle_net_tokens.ciphertext",
        "webhooks.ciphertext",
    ]
