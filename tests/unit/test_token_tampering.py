"""What somebody with access to the database could do to ciphertexts, done a hundred thousand times."""

import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from character_sync.adapters.database.token_vault import NONCE_BYTES, Sealed, TokenVault, generate_key
from character_sync.domain.errors import TokenUndecryptable
from character_sync.ports import Secret

TAMPERED = 100_000  # what the fault catalogue asks for; some 10 µs each
SEALINGS = 100_000  # two equal 96-bit nonces among so many: 1 in 10**19

FIELD = "battle_net_token"
TOKEN = "US" + "t0k3n" * 12
VAULT = TokenVault({"new": bytes(range(32)), "old": bytes(range(32, 64))})
SEALED = [VAULT.seal(Secret(TOKEN), UUID(int=owner), FIELD) for owner in range(50)]


def _tampered(chance: random.Random) -> tuple[Sealed, UUID, str]:
    """Return a ciphertext that is not where and what it was: the ways in turn, their details by chance."""
    number = chance.randrange(len(SEALED))
    sealed, owner, field = SEALED[number], UUID(int=number), FIELD
    raw = bytearray(sealed.ciphertext)
    way = chance.randrange(7)
    if way == 0:  # bits flipped
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    elif way == 1:  # cut off
        del raw[chance.randrange(len(raw)) :]
    elif way == 2:  # something in front or behind
        more = chance.randbytes(chance.randint(1, 40))
        raw = bytearray(more + raw if chance.random() < 0.5 else raw + more)
    elif way == 3:  # another player's row
        owner = UUID(int=(number + chance.randrange(1, len(SEALED))) % len(SEALED))
    elif way == 4:  # another field
        field = chance.choice(["refresh_token", "battle_net_token ", "", "webhook_secret"])
    elif way == 5:  # another key's name
        return Sealed(bytes(raw), chance.choice(["old", "new ", "", "neu", "new|"])), owner, field
    else:  # another ciphertext's nonce
        raw[:NONCE_BYTES] = SEALED[number - 1].ciphertext[:NONCE_BYTES]
    if (bytes(raw), owner, field) == (sealed.ciphertext, UUID(int=number), FIELD):
        raw[0] ^= 1  # flips that undid each other
    return Sealed(bytes(raw), sealed.key_id), owner, field


def _opens(sealed: Sealed, owner: UUID, field: str) -> bool:
    try:
        VAULT.open(sealed, owner, field)
    except TokenUndecryptable:
        return False
    return True


def test_of_a_hundred_thousand_tampered_ciphertexts_not_one_opens() -> None:
    chance = random.Random(14)  # noqa: S311 - the same every time, so that a failure can be looked into
    assert sum(_opens(*_tampered(chance)) for _ in range(TAMPERED)) == 0


def test_the_same_ciphertexts_open_untampered() -> None:
    assert all(_opens(sealed, UUID(int=owner), FIELD) for owner, sealed in enumerate(SEALED))


def test_no_nonce_of_a_hundred_thousand_comes_twice() -> None:
    secret, owner = Secret("token"), UUID(int=1)
    nonces = {VAULT.seal(secret, owner, FIELD).ciphertext[:NONCE_BYTES] for _ in range(SEALINGS)}
    assert len(nonces) == SEALINGS


@given(st.binary(max_size=400), st.text(max_size=80), st.uuids(), st.text(max_size=40))
def test_bytes_nobody_sealed_do_not_open_and_raise_nothing_else(
    ciphertext: bytes, key_id: str, owner: UUID, field: str
) -> None:
    assert not _opens(Sealed(ciphertext, key_id), owner, field)
    assert not _opens(Sealed(ciphertext, "new"), owner, field)


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.uuids(), st.uuids(), st.text(max_size=20))
def test_a_token_opens_for_its_owner_alone(token: str, owner: UUID, other: UUID, field: str) -> None:
    vault = TokenVault.from_setting(generate_key())
    sealed = vault.seal(Secret(token), owner, field)
    assert vault.open(sealed, owner, field).reveal() == token
    if other != owner:
        with pytest.raises(TokenUndecryptable) as raised:
            vault.open(sealed, other, field)
        assert raised.value.__cause__ is None  # and so no library's trace in a log
