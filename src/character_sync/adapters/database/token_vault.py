"""Keeps tokens unreadable at rest: AES-256-GCM, bound to their owner, under keys that have names.

A ciphertext carries its nonce; the key's id and the owner are associated data, so a ciphertext copied to another
user's row, or said to be under another key, does not decrypt.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from character_sync.domain.errors import NotReady, TokenUndecryptable
from character_sync.ports import Secret

KEY_BYTES = 32
NONCE_BYTES = 12  # 96 bits, drawn at random: far below 2**32 uses of one key (NIST SP 800-38D, 8.3)

_KEY = re.compile(r"(?P<id>[A-Za-z0-9_-]{1,64}):(?P<key>[A-Za-z0-9+/_=-]+)")
_HOW_TO_GET_ONE = "Make one with `character-sync keys generate` and set CHARACTER_SYNC_ENCRYPTION_KEYS to it."


@dataclass(frozen=True, slots=True)
class Sealed:
    ciphertext: bytes
    key_id: str


class TokenVault:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.sealing_key_id = next(iter(keys))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the sealing one first."""
        return tuple(self._ciphers)

    @classmethod
    def from_setting(cls, setting: Secret) -> "TokenVault":
        """Read `id:base64` keys, newest first, comma separated.

        Raises:
            NotReady: there is none, or one is not usable. The message holds no key material.
        """
        keys: dict[str, bytes] = {}
        for number, part in enumerate(filter(None, (p.strip() for p in setting.reveal().split(","))), start=1):
            match = _KEY.fullmatch(part)
            key = _decoded(match["key"]) if match else b""
            if match is None or len(key) != KEY_BYTES or match["id"] in keys:
                raise NotReady(
                    f"Encryption key {number} is not usable: it must be id:base64 of 32 bytes, each id once. {_HOW_TO_GET_ONE}"
                )
            keys[match["id"]] = key
        if not keys:
            raise NotReady(f"There is no encryption key for the players' tokens. {_HOW_TO_GET_ONE}")
        return cls(keys)

    def seal(self, secret: Secret, owner: UUID, field: str) -> Sealed:
        nonce = os.urandom(NONCE_BYTES)
        key_id = self.sealing_key_id
        sealed = self._ciphers[key_id].encrypt(nonce, secret.reveal().encode(), _associated(owner, field, key_id))
        return Sealed(nonce + sealed, key_id)

    def open(self, sealed: Sealed, owner: UUID, field: str) -> Secret:
        """Raises TokenUndecryptable: wrong or missing key, altered bytes, or another row's ciphertext."""
        cipher = self._ciphers.get(sealed.key_id)
        nonce, ciphertext = sealed.ciphertext[:NONCE_BYTES], sealed.ciphertext[NONCE_BYTES:]
        if cipher is None or len(nonce) < NONCE_BYTES:
            raise TokenUndecryptable
        try:
            return Secret(cipher.decrypt(nonce, ciphertext, _associated(owner, field, sealed.key_id)).decode())
        except InvalidTag:
            raise TokenUndecryptable from None


def generate_key() -> Secret:
    """Return a new key in the form of the setting. Its id is random, so two operators never collide."""
    key_id = base64.b32encode(os.urandom(5)).decode().lower()
    return Secret(f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}")


def _associated(owner: UUID, field: str, key_id: str) -> bytes:
    return f"character-sync|{owner}|{field}|{key_id}".encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        return b""
