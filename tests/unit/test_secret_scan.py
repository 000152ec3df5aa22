"""No secret is in the repository, and the scan that says so knows one when it sees it."""

import base64
from pathlib import Path
from types import ModuleType

import pytest

from character_sync.adapters.database.token_vault import generate_key
from character_sync.entrypoints.identity import TOKEN_PREFIX
from character_sync.use_cases.link_battle_net_account import new_secret
from support.scripts import CHECKOUT, script


@pytest.fixture(scope="module")
def scan() -> ModuleType:
    return script("secret_scan")


def test_no_file_of_the_repository_holds_a_secret(scan: ModuleType) -> None:
    files = list(scan.files(CHECKOUT))
    assert [str(found) for file in files for found in scan.scan(file, CHECKOUT)] == []
    assert len(files) > 200


# Put together here, so that this file holds none.
PLANTED = {
    "private key": "-----BEGIN " + "EC PRIVATE KEY-----",
    "encryption key": f"CHARACTER_SYNC_ENCRYPTION_KEYS={generate_key().reveal()}",
    "personal access token of ours": f'token = "{new_secret(TOKEN_PREFIX).reveal()}"',
    "Battle.net token": "US" + "aB3" * 10 + "x9",
    "client secret": "BATTLE_NET_CLIENT_SECRET=" + "aB3" * 10 + "x9",
    "password in an address": "redis://:" + "correct-horse" + "@cache.example/0",
    "JSON web token": ".".join(base64.urlsafe_b64encode(b'{"alg":"ES256"}').decode().rstrip("=") for _ in range(3)),
    "GitHub token": "ghp_" + "aB3" * 12,
    "cloud access key": "AKIA" + "ABCD" * 4,
    "registry token": "npm_" + "aB3" * 12,
    "chat token": "xoxb-" + "1234567890-abc",
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_secret_that_is_committed_is_found_by_file_and_line_and_not_repeated(
    scan: ModuleType, tmp_path: Path, what: str
) -> None:
    file = tmp_path / "deploy.env"
    file.write_text(f"# a comment\n{PLANTED[what]}\n", "utf-8")
    [found] = [str(finding) for finding in scan.scan(file, tmp_path) if finding.what == what]
    assert found == f"deploy.env:2: looks like a {what}"


def test_every_form_has_an_example_that_is_found(scan: ModuleType) -> None:
    assert scan.FORMS.keys() == PLANTED.keys()


def test_every_exception_has_a_reason_and_is_still_needed(scan: ModuleType) -> None:
    for (file, what), reason in scan.NO_SECRETS.items():
        assert reason
        assert scan.PATTERNS[what].search((CHECKOUT / file).read_text("utf-8")), (file, what)
