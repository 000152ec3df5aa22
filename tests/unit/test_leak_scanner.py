"""The leak scan finds a secret in every form; a scan that finds nothing would say nothing."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest

from support.leaks import Evidence

SECRET = "cs_7/Qx+9~vK2?mZ4wE1&tR8yU5iO0pA"


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        lambda secret: secret.encode().hex(),
        lambda secret: secret.encode().hex().upper(),
        lambda secret: quote(secret, safe=""),
        lambda secret: json.dumps({"token": secret}).replace("/", "\\/"),
        lambda secret: b64encode(secret.encode()).decode(),
        lambda secret: b64encode(f"a{secret}".encode()).decode(),
        lambda secret: b64encode(f"me:{secret}, and more".encode()).decode(),
        lambda secret: urlsafe_b64encode(f"abc{secret}".encode()).decode(),
    ],
)
def test_a_secret_is_found_in_whatever_form_it_left(written: Callable[[str], str]) -> None:
    evidence = Evidence()
    evidence.plant("token", SECRET)
    evidence.add("log", f"before {written(SECRET)} after")
    assert evidence.hits()


def test_a_key_is_found_by_its_bytes_too() -> None:
    key = bytes(range(7, 39))
    evidence = Evidence()
    evidence.plant_key("key", f"id:{b64encode(key).decode()}")
    evidence.add("database", b"\0\1" + key + b"\2")
    assert evidence.hits()


def test_what_holds_no_secret_is_clean() -> None:
    evidence = Evidence()
    evidence.plant("token", SECRET)
    evidence.add("log", "nothing to see " * 1_000)
    assert evidence.hits() == []
