#!/usr/bin/env python3
"""Looks for secrets among the files of the repository: keys, tokens and passwords that have the form of a real one.

Small and without a model of likelihood: what is looked for has a form, and what looks like one and is none stands in
`NO_SECRETS` with the reason. Needs no network, so it runs with the tests.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
LARGEST = 5_000_000  # bytes; the largest file of ours is far smaller, and a larger one is no place to hide a key

FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "encryption key": r"\b[A-Za-z0-9_-]{1,64}:[A-Za-z0-9+/_-]{43}=(?![A-Za-z0-9+/=])",
    "personal access token of ours": r"\bcs_[A-Za-z0-9_-]{43}\b",
    "Battle.net token": r"\b(?:US|EU|KR|TW)[A-Za-z0-9]{32}\b",
    "client secret": r"(?i)client_secret[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9]{32}\b",
    "password in an address": r"\b(?:postgres(?:ql)?|redis|rediss|amqp|https?)(?:\+[a-z]+)?://[^\s:/@\"'{}]*:[^\s:/@\"'{}$]{6,}@[\w.-]+",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})\b",
    "cloud access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "registry token": r"\b(?:pypi-[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36})\b",
    "chat token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
}
PATTERNS = {name: re.compile(form) for name, form in FORMS.items()}

NO_SECRETS: dict[tuple[str, str], str] = {
    (
        "tests/integration/database/test_migrations.py",
        "password in an address",
    ): "a made-up one; the test is of its mask",
    ("tests/integration/test_doctor.py", "password in an address"): "a made-up one; the test is that it is not told",
}
"""File and what was found there: why it is none."""


class Finding(NamedTuple):
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        # Without the text: a log of the scan must not be the leak.
        return f"{self.file}:{self.line}: looks like a {self.what}"


def main() -> int:
    """Print what was found. Returns the exit code."""
    findings = [found for file in files(CHECKOUT) for found in scan(file, CHECKOUT)]
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"Secrets in the tree: {len(findings) or 'none'}.\n")
    return int(bool(findings))


def files(checkout: Path) -> Iterator[Path]:
    """Yield every file that is, or would be, committed; in a tree without git, every file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whatever git there is
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else ()
    for path in (checkout / name for name in names if name) if names else checkout.rglob("*"):
        if path.is_file() and path.stat().st_size <= LARGEST:
            yield path


def scan(file: Path, checkout: Path) -> Iterator[Finding]:
    """Yield what a file holds that has the form of a secret."""
    name = file.relative_to(checkout).as_posix()
    content = file.read_bytes().decode("utf-8", "replace")
    for what, pattern in PATTERNS.items():
        if (name, what) in NO_SECRETS:
            continue
        for match in pattern.finditer(content):
            yield Finding(name, content.count("\n", 0, match.start()) + 1, what)


if __name__ == "__main__":
    sys.exit(main())
