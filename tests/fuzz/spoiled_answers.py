"""Battle.net's real answers, spoiled: with their structure in mind, and in ways no writer of JSON would produce."""

import copy
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

SAMPLES = Path(__file__).parent.parent / "samples" / "battle_net"
KINDS = (
    "account_summary",
    "character_profile",
    "character_media",
    "equipment",
    "specializations",
    "protected_character",
)
OTHER_KINDS = ("character_status", "oauth_token", "userinfo")
MIB = 1024 * 1024


class Raw(str):
    """Goes into the JSON as it is."""

    __slots__ = ()


class Twice(dict[str, Any]):
    """An object that says some of its keys a second time."""

    def __init__(self, first: dict[str, Any], again: dict[str, Any]) -> None:
        super().__init__(first)
        self.again = again


def written(value: Any) -> str:
    """Return the JSON, or what is to pass for it."""
    match value:
        case Raw():
            return str(value)
        case dict():
            said = [*value.items(), *(value.again.items() if isinstance(value, Twice) else ())]
            return "{" + ",".join(f"{json.dumps(key)}:{written(inner)}" for key, inner in said) + "}"
        case list():
            return "[" + ",".join(map(written, value)) + "]"
        case _:
            return json.dumps(value)


def _samples() -> dict[str, list[Any]]:
    read: dict[str, list[Any]] = {kind: [] for kind in (*KINDS, *OTHER_KINDS)}
    for folder in ("captured", "shapes"):
        for path in sorted((SAMPLES / folder).glob("*.json")):
            if (kind := path.name.partition(".")[0]) in read:
                read[kind].append(json.loads(path.read_bytes()))
    read["oauth_token"] = [
        {
            "access_token": "USexample",
            "token_type": "bearer",
            "expires_in": 86399,
            "scope": "openid wow.profile",
            "sub": "1",
        }
    ]
    read["userinfo"].append({"sub": "123", "id": 123, "battletag": "Player#1234"})
    return read


ANSWERS = _samples()

DEEP = "[" * 1_500 + "]" * 1_500  # past Python's recursion limit
ODD: list[Any] = [
    *(None, True, False, {}, [], "", "x", [None], [{}], [[]], {"en_US": None}, {"en_GB": "One"}, {"type": "X" * 40}),
    *(0, -1, 1.0, 1.5, -0.0, 1e300, 255, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63)),
    *map(Raw, ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5_000, "0x10", "01", "tru", "'x'", DEEP)),
    *map(Raw, (r'"\ud800"', r'"\udc00\ud800"', r'"a\u0000b"', r'"\u202e\u200b"', '"\x07"', '"\\x"', '"')),
    *("\x00", "Z" + "\u0301" * 300, "\U0001f409" * 300, "ẞİ", "x" * 5_000, "%s" * 200, "{name}" * 100, "x" * 20_000),
    *("../../oauth/userinfo", "%2e%2e%2f", "a/b?c#d", "\r\nX: y", "..", "javascript:alert(1)", "file:///etc/passwd"),
    "https://" + "a." * 1_500 + "worldofwarcraft.com/x.jpg",
    "https://render.worldofwarcraft.com/" + "é" * 1_000,
    [{"id": 1, "name": "x" * 300, "characters": None}] * 3,
    [None] * 2_000,
]


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*way, key)
        yield from _places(part, (*way, key))


def _holder_of(answer: Any, way: tuple[Any, ...]) -> Any:
    """Return what holds a place; None when earlier spoiling took it away."""
    try:
        for key in way[:-1]:
            answer = answer[key]
        answer[way[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return answer if isinstance(answer, (dict, list)) else None


def _spoil(answer: Any, way: tuple[Any, ...], how: str, value: Any) -> None:
    """Do one thing to one place."""
    holder, last = _holder_of(answer, way), way[-1]
    if holder is None:
        return
    old = holder[last]
    match how:
        case "drop":
            del holder[last]
        case "rename" if isinstance(holder, dict):
            holder[str(last).upper()] = holder.pop(last)
        case "many":
            holder[last] = [old] * 50
        case "in a list":
            holder[last] = [old]
        case "in an object":
            holder[last] = {str(last): old}
        case "deep":
            holder[last] = Raw('{"a":' * 1_500 + written(old) + "}" * 1_500)
        case "twice" if isinstance(old, dict):
            holder[last] = Twice(old, dict.fromkeys(list(old)[:2], value))
        case _:
            holder[last] = copy.deepcopy(value)


HOWS = ["put", "put", "put", "drop", "rename", "many", "in a list", "in an object", "deep", "twice"]


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> bytes:
    """Draw the bytes of a spoiled answer of a kind; now and then of a whole one."""
    answer = copy.deepcopy(draw(st.sampled_from(ANSWERS[kind])))
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(answer))
        if places:
            way = draw(st.sampled_from(places))
            _spoil(answer, way, draw(st.sampled_from(HOWS)), draw(st.sampled_from(ODD)))
    body = written(answer).encode("utf-8", "surrogatepass")
    match draw(st.sampled_from([*["as it is"] * 6, "cut", "bytes", "mark", "tail", "other"])):
        case "cut":
            return body[: draw(st.integers(0, len(body)))]
        case "bytes":
            at = draw(st.integers(0, len(body)))
            return body[:at] + draw(st.binary(max_size=8)) + body[at + draw(st.integers(0, 8)) :]
        case "mark":
            return b"\xef\xbb\xbf" + body
        case "tail":
            return body + draw(st.sampled_from([b"}", b" \n", b"\x00", b"{}", b",", body[:10]]))
        case "other":
            return draw(
                st.sampled_from([b"", b"null", b"[]", b'"x"', b"1", b"<html>", DEEP.encode(), b"\xff\xfe{\x00}\x00"])
            )
    return body


@dataclass(frozen=True)
class Delivery:
    """How an answer comes over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Delivery({self.status}, {self.headers}, {self.body[:200]!r} of {len(self.body)} bytes)"


TYPES = [
    "application/json;charset=UTF-8",
    "application/json",
    "text/html",
    "text/plain",
    "",
    "application/octet-stream",
    "x",
]
DATES = [
    "Sun, 31 Dec 9999 23:59:59 -1200",
    "Mon, 01 Jan 0001 00:00:00 +1200",
    "Sat, 01 Jan 2022 00:00:00 GMT",
    "Sat, 01 Jan 2022 00:00:00 +9999",
    "yesterday",
    "0",
    "-1",
    "9" * 5_000,
    " , ,",
]
BOMB = gzip.compress(b'{"a":"' + b" " * 30 * MIB + b'"}')


@st.composite
def deliveries(draw: st.DrawFn, kind: str) -> Delivery:
    """Draw a spoiled answer, and what else can be wrong with it on its way."""
    body = draw(bodies(kind))
    headers = {"Content-Type": draw(st.sampled_from([*[TYPES[0]] * 8, *TYPES]))}
    status = draw(
        st.sampled_from([*[200] * 12, 204, 206, 299, 302, 304, 400, 401, 403, 404, 410, 418, 451, 500, 503, 599])
    )
    if draw(st.booleans()):
        headers["Last-Modified"] = draw(st.sampled_from(DATES))
    match draw(st.sampled_from([*["plain"] * 8, "gzip", "bomb", "cut gzip", "no gzip", "deflate"])):
        case "gzip":
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        case "bomb":
            body, headers["Content-Encoding"] = BOMB, "gzip"
        case "cut gzip":
            body, headers["Content-Encoding"] = gzip.compress(body)[:-5], "gzip"
        case "no gzip":
            headers["Content-Encoding"] = "gzip"
        case "deflate":
            headers["Content-Encoding"] = "deflate"
    return Delivery(status, headers, body)
