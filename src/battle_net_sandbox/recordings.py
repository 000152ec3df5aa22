"""Recorded answers: files that are served byte for byte instead of made-up answers.

Layout of a folder of recordings:
`accounts/{account}/{region}/{namespace}/profile/user/wow.json` and
`{region}/{namespace}/profile/wow/character/{realm}/{name}/{profile|status|character-media|equipment|...}.json`, names
percent-decoded and lower-case. `.STATUS.json` or `.STATUS.html` in place of `.json` gives that status and type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from battle_net_sandbox.answers import JSON_TYPE

_ENDING: Final = re.compile(r"(?:\.(?P<status>[1-5][0-9]{2}))?\.(?P<kind>json|html)")
_HTML_TYPE: Final = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer. `last_modified` is in seconds since 1970."""

    body: bytes
    status: int
    content_type: str
    last_modified: int | None


class _LoginTime(msgspec.Struct):
    last_login_timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Recordings:
    """A folder of recorded answers.

    `frozen` folders never change: an answer's `Last-Modified` is the recorded character's last login, as at Battle.net;
    in others it is the file's own time.
    """

    root: Path
    frozen: bool = False

    def accounts(self) -> list[str]:
        """The accounts that can sign in: every folder under `accounts`."""
        folder = self.root / "accounts"
        return sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []

    def account_summary(self, account_id: str, region: str, namespace: str) -> Recording | None:
        """The account profile summary recorded for an account."""
        return self._find(("accounts", account_id, region, namespace, "profile", "user"), "wow")

    def protected(self, account_id: str, region: str, namespace: str, ids: str) -> Recording | None:
        """A protected character recorded for an account, under `profile/user/wow/protected-character/`."""
        folder = ("accounts", account_id, region, namespace, "profile", "user", "wow", "protected-character")
        return self._find(folder, ids)

    def has_character(self, region: str, namespace: str, realm: str, name: str) -> bool:
        """Whether anything is recorded of a character; then nothing else answers for it."""
        folder = self._folder((region, namespace, "profile", "wow", "character", realm, name))
        return folder is not None and folder.is_dir()

    def character(self, region: str, namespace: str, realm: str, name: str, endpoint: str) -> Recording | None:
        """An answer recorded for a character; `endpoint` is empty for the profile."""
        folder, _, last = endpoint.rpartition("/")
        parts = (
            region,
            namespace,
            "profile",
            "wow",
            "character",
            realm,
            name,
            *filter(None, folder.split("/")),
        )
        return self._find(parts, last or "profile")

    def _folder(self, parts: tuple[str, ...]) -> Path | None:
        if any(not part or part.startswith(".") or set(part) & set("/\\\0") for part in parts):
            return None
        return self.root.joinpath(*parts)

    def _find(self, parts: tuple[str, ...], stem: str) -> Recording | None:
        folder = self._folder((*parts, stem))
        if folder is None or not folder.parent.is_dir():
            return None
        for file in sorted(folder.parent.iterdir()):
            ending = _ENDING.fullmatch(file.name.removeprefix(stem)) if file.name.startswith(stem) else None
            if ending is not None and file.is_file():
                status = int(ending["status"] or 200)
                return Recording(
                    body=file.read_bytes(),
                    status=status,
                    content_type=JSON_TYPE if ending["kind"] == "json" else _HTML_TYPE,
                    last_modified=self._last_modified(file) if status == 200 else None,  # noqa: PLR2004 - HTTP's OK
                )
        return None

    def _last_modified(self, file: Path) -> int | None:
        if not self.frozen:
            return int(file.stat().st_mtime)
        profile = file.with_name("profile.json")
        if not profile.is_file():
            return None
        login = msgspec.json.decode(profile.read_bytes(), type=_LoginTime).last_login_timestamp
        return None if login is None else login // 1_000


def shipped_recordings() -> Recordings:
    """The captured samples this package carries."""
    return Recordings(Path(__file__).with_name("recordings"), frozen=True)
