"""The demo's key file: made once, for its owner only, and not believed when others may have read it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from character_sync.adapters.data_folder import KEY_FILE, demo_key
from character_sync.adapters.database.token_vault import generate_key
from character_sync.domain.errors import NotReady
from character_sync.ports import Secret


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_the_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    demo_key(tmp_path, generate_key())
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_key_is_made_once_and_read_from_then_on(tmp_path: Path) -> None:
    first, second = generate_key(), generate_key()
    assert demo_key(tmp_path, first) == first
    assert demo_key(tmp_path, second) == first
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]  # no draft is left


def test_a_file_that_came_while_the_draft_was_written_wins(tmp_path: Path) -> None:
    other = generate_key()

    class WrittenLate(Secret):
        """A key whose writing another process overtakes."""

        def reveal(self) -> str:
            with os.fdopen(os.open(tmp_path / KEY_FILE, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(other.reveal())
            return super().reveal()

    assert demo_key(tmp_path, WrittenLate(generate_key().reveal())) == other
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o666, 0o644, 0o610])
def test_a_key_file_that_others_may_use_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    key = demo_key(tmp_path, generate_key())
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(NotReady, match="chmod 600") as raised:
        demo_key(tmp_path, generate_key())
    assert key.reveal() not in str(raised.value)


def test_a_key_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).mkdir(mode=0o700)
    with pytest.raises(NotReady):
        demo_key(tmp_path, generate_key())


def test_a_key_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotReady, match=KEY_FILE):
        demo_key(tmp_path, generate_key())
