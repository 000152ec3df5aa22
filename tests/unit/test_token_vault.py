"""Tokens at rest open for their owner, their field and their key, and for nothing else."""

import base64
import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from character_sync.adapters.database.token_vault import Sealed, TokenVault, generate_key
from character_sync.domain.errors import NotReady, TokenUndecryptable
from character_sync.ports import Secret

OWNER = UUID(int=1)
OLD, NEW = generate_key(), generate_key()
VAULT = TokenVault.from_setting(NEW)


def id_of(key: Secret) -> str:
    return key.reveal().partition(":")[0]


def together(*keys: Secret) -> Secret:
    return Secret(", ".join(key.reveal() for key in keys))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=4_000))
def test_what_was_sealed_opens_as_it_was(token: str) -> None:
    assert VAULT.open(VAULT.seal(Secret(token), OWNER, "token"), OWNER, "token").reveal() == token


def test_the_same_token_never_seals_the_same() -> None:
    sealed = {VAULT.seal(Secret("token"), OWNER, "token").ciphertext for _ in range(20)}
    assert len(sealed) == 20


def test_a_ciphertext_does_not_show_the_token() -> None:
    assert b"USsecrettoken" not in VAULT.seal(Secret("USsecrettoken"), OWNER, "token").ciphertext


@pytest.mark.parametrize(("owner", "field"), [(UUID(int=2), "token"), (OWNER, "refresh_token")])
def test_a_ciphertext_in_another_row_or_column_does_not_open(owner: UUID, field: str) -> None:
    sealed = VAULT.seal(Secret("token"), OWNER, "token")
    with pytest.raises(TokenUndecryptable):
        VAULT.open(sealed, owner, field)


def test_a_ciphertext_said_to_be_under_another_key_does_not_open() -> None:
    same_bytes_twice = TokenVault({"one": b"k" * 32, "two": b"k" * 32})
    sealed = same_bytes_twice.seal(Secret("token"), OWNER, "token")
    with pytest.raises(TokenUndecryptable):
        same_bytes_twice.open(replace(sealed, key_id="two"), OWNER, "token")


def test_a_ciphertext_under_a_key_that_is_gone_does_not_open() -> None:
    sealed = TokenVault.from_setting(OLD).seal(Secret("token"), OWNER, "token")
    with pytest.raises(TokenUndecryptable):
        VAULT.open(sealed, OWNER, "token")


@settings(deadline=None)
@given(st.data())
def test_a_ciphertext_with_one_bit_flipped_does_not_open(data: st.DataObject) -> None:
    sealed = VAULT.seal(Secret("a token of Battle.net"), OWNER, "token")
    bit = data.draw(st.integers(0, len(sealed.ciphertext) * 8 - 1))
    altered = bytearray(sealed.ciphertext)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TokenUndecryptable):
        VAULT.open(Sealed(bytes(altered), sealed.key_id), OWNER, "token")


@settings(deadline=None)
@given(st.integers(0, 12 + 5 + 16 - 1))
def test_a_ciphertext_that_was_cut_off_does_not_open(length: int) -> None:
    sealed = VAULT.seal(Secret("token"), OWNER, "token")
    with pytest.raises(TokenUndecryptable):
        VAULT.open(Sealed(sealed.ciphertext[:length], sealed.key_id), OWNER, "token")


def test_the_first_key_seals_and_every_key_opens() -> None:
    sealed_before = TokenVault.from_setting(OLD).seal(Secret("token"), OWNER, "token")
    rotated = TokenVault.from_setting(together(NEW, OLD))
    assert rotated.open(sealed_before, OWNER, "token").reveal() == "token"
    assert rotated.seal(Secret("token"), OWNER, "token").key_id == id_of(NEW)


def test_a_key_in_the_url_safe_alphabet_is_the_same_key() -> None:
    key = b"\xfb\xff" * 16
    plain = TokenVault.from_setting(Secret(f"one:{base64.b64encode(key).decode()}"))
    url_safe = TokenVault.from_setting(Secret(f"one:{base64.urlsafe_b64encode(key).decode()}"))
    owner = uuid4()
    assert url_safe.open(plain.seal(Secret("token"), owner, "token"), owner, "token").reveal() == "token"


@pytest.mark.parametrize("setting", ["", "  ", ",", " , "])
def test_a_vault_without_keys_is_not_ready(setting: str) -> None:
    with pytest.raises(NotReady, match="There is no encryption key"):
        TokenVault.from_setting(Secret(setting))


SHORT = base64.b64encode(b"only sixteen byt").decode()
LONG = base64.b64encode(b"k" * 33).decode()
GOOD = base64.b64encode(b"a secret of exactly 32 bytes ...").decode()


@pytest.mark.parametrize(
    ("setting", "number"),
    [
        (GOOD, 1),  # no id
        (f":{GOOD}", 1),
        (f"an id:{GOOD}", 1),
        (f"{'x' * 65}:{GOOD}", 1),
        (f"one:{SHORT}", 1),
        (f"one:{LONG}", 1),
        ("one:", 1),
        ("one:not*base64", 1),
        (f"one:{GOOD[:-1]}", 1),  # padding missing
        (f"one:{GOOD},two:{SHORT}", 2),
        (f"one:{GOOD},one:{GOOD}", 2),  # the same id twice
    ],
)
def test_an_unusable_key_is_named_by_its_place_and_never_shown(setting: str, number: int) -> None:
    with pytest.raises(NotReady, match=f"Encryption key {number} is not usable") as raised:
        TokenVault.from_setting(Secret(setting))
    for material in filter(lambda part: len(part) > 3, re.split("[:,]", setting)):
        assert material not in str(raised.value)


def test_a_generated_key_is_one_the_setting_takes() -> None:
    key = generate_key()
    owner = uuid4()
    sealed = TokenVault.from_setting(key).seal(Secret("token"), owner, "token")
    assert TokenVault.from_setting(key).open(sealed, owner, "token").reveal() == "token"


def test_two_generated_keys_differ_in_id_and_material() -> None:
    one, other = generate_key().reveal(), generate_key().reveal()
    assert not set(one.split(":")) & set(other.split(":"))
