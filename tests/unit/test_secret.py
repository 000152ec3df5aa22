"""A secret shows itself to whoever reveals it, and to nothing that prints, stores or sends."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
import pytest
import structlog
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from character_sync.domain.errors import NotReady
from character_sync.logs import configure_logs
from character_sync.ports import Secret
from character_sync.settings import SecretText, load_settings
from support.service import SettingsForTests

HIDDEN = "US4c0ffee4c0ffee4c0ffee4c0ffee"
SECRET = Secret(HIDDEN)


@dataclass
class Holder:
    secret: Secret


class Model(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    secret: SecretText


def test_a_secret_is_there_for_whoever_reveals_it() -> None:
    assert SECRET.reveal() == HIDDEN


@pytest.mark.parametrize(
    "shown",
    [
        lambda: str(SECRET),
        lambda: repr(SECRET),
        lambda: f"{SECRET}",
        lambda: f"{SECRET!r:>60}",
        lambda: f"{SECRET:>60}",
        lambda: "{:s}".format(SECRET),  # noqa: UP032 - this way of formatting is what is tested
        lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031 - likewise
        lambda: str([SECRET, {SECRET: SECRET}, (SECRET,)]),
        lambda: str(Holder(SECRET)),
        lambda: str(asdict(Holder(SECRET))),
        lambda: str(Model(secret=SECRET)),
        lambda: str(Model(secret=SECRET).model_dump()),
        lambda: Model(secret=SECRET).model_dump_json(),
        lambda: str(Model(secret=SECRET).model_dump(mode="json")),
        lambda: json.dumps({"secret": SECRET}, default=str),
        lambda: str(copy.deepcopy({"secret": SECRET})),
    ],
)
def test_a_secret_is_masked_wherever_it_becomes_text(shown: Callable[[], str]) -> None:
    text = shown()
    assert HIDDEN not in text
    assert "****" in text


@pytest.mark.parametrize(
    "written",
    [
        lambda: json.dumps(SECRET),
        lambda: msgspec.json.encode(SECRET),
        lambda: msgspec.msgpack.encode(Holder(SECRET)),
        lambda: pickle.dumps(SECRET),
        lambda: pickle.dumps(Holder(SECRET), protocol=0),
        lambda: vars(SECRET),
        lambda: bytes(SECRET),  # type: ignore[call-overload]
        lambda: list(SECRET),  # type: ignore[call-overload]
    ],
)
def test_what_could_carry_a_secret_away_refuses_it(written: Callable[[], object]) -> None:
    with pytest.raises(TypeError) as raised:
        written()
    assert HIDDEN not in str(raised.value)


def test_a_copy_of_a_secret_is_the_secret() -> None:
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy([SECRET])[0] is SECRET


@pytest.mark.parametrize("other", [Secret("other"), Secret(""), Secret("\ud800"), HIDDEN, None])
def test_a_secret_equals_only_a_secret_of_the_same_text(other: object) -> None:
    assert Secret(HIDDEN) == SECRET
    assert other != SECRET


def test_secrets_that_no_encoding_can_write_are_told_apart() -> None:
    assert Secret("\ud800") != Secret("\udfff")
    assert Secret("\ud800") != Secret("?")


def test_secrets_of_the_same_text_are_one_key_of_a_dictionary() -> None:
    assert {Secret(HIDDEN), SECRET} == {SECRET}


def test_whether_a_secret_was_set_is_known_without_revealing_it() -> None:
    assert SECRET
    assert not Secret("")


def test_pydantic_does_not_repeat_a_secret_it_refuses() -> None:
    with pytest.raises(ValidationError) as raised:
        Model(secret={"nested": HIDDEN})
    assert HIDDEN not in str(raised.value)


def test_the_schema_of_a_secret_is_that_of_text() -> None:
    assert TypeAdapter(SecretText).json_schema()["type"] == "string"


def test_the_settings_show_no_secret_and_no_password_of_a_server() -> None:
    settings = SettingsForTests(
        encryption_keys=HIDDEN,
        battle_net_client_secret=HIDDEN,
        database_url=f"postgresql://me:{HIDDEN}@db/characters",
        queue_url=f"redis://:{HIDDEN}@redis/0",
    )
    assert HIDDEN not in f"{settings} {settings!r}"
    assert settings.encryption_keys.reveal() == settings.battle_net_client_secret.reveal() == HIDDEN


def test_the_error_of_refused_settings_repeats_none_of_them() -> None:
    with pytest.raises(ValidationError) as raised:
        SettingsForTests(encryption_keys=[HIDDEN], requests_per_hour=HIDDEN)
    assert HIDDEN not in str(raised.value)


def test_a_setting_that_is_refused_is_named_and_not_shown() -> None:
    with pytest.raises(NotReady, match="CHARACTER_SYNC_ENCRYPTION_KEYS") as raised:
        load_settings(encryption_keys=[HIDDEN])
    assert HIDDEN not in str(raised.value)


@pytest.fixture
def _logs_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def fail_with_a_revealed_local(secret: Secret) -> None:
    token = secret.reveal()  # a traceback that prints variables would print this one
    raise RuntimeError(Holder(secret)) from ValueError(len(token))


@pytest.mark.usefixtures("_logs_as_before")
@pytest.mark.parametrize("as_json", [True, False])
def test_no_log_line_shows_a_secret_even_where_an_error_holds_one(
    capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    configure_logs(level="DEBUG", as_json=as_json)
    try:
        fail_with_a_revealed_local(SECRET)
    except RuntimeError:
        structlog.get_logger().exception("failed", secret=SECRET, holder=Holder(SECRET), many=[SECRET])
        logging.getLogger("a.library").exception("failed with %s", SECRET)
    text = capsys.readouterr().err
    assert text.count("RuntimeError") >= 2
    assert "****" in text
    assert HIDDEN not in text


@pytest.mark.usefixtures("_logs_as_before")
@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("library", ["aiohttp.client", "engineio", "socketio", "sqlalchemy.engine", "docket", "redis"])
def test_libraries_stay_quiet_below_warnings_even_at_debug(
    capsys: pytest.CaptureFixture[str], library: str, *, as_json: bool
) -> None:
    """They log whole requests, frames and statements, and know nothing of what is secret in them."""
    configure_logs(level="DEBUG", as_json=as_json)
    logging.getLogger(library).debug("Authorization: Bearer %s", HIDDEN)
    logging.getLogger(library).info("received packet MESSAGE %s", HIDDEN)
    logging.getLogger(library).warning("a warning")
    text = capsys.readouterr().err
    assert HIDDEN not in text
    assert "a warning" in text
