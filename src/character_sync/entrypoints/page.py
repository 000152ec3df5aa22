"""The page players use: its built files, and which of them answers which address."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from character_sync.domain.errors import NotReady

FILES: Final = Path(__file__).parent / "page_files"
MANIFEST: Final = "build-manifest.json"  # what the files were built from, for a test; nobody's to read over HTTP
HOME: Final = "/index.html"
NAMED: Final = {"/": HOME, "/gallery": "/gallery.html"}

# Nothing below these is an address of the page's, not even for a browser that asks for HTML: a mistyped address of the
# API, or a script of an earlier release, must not look like success.
NOT_THE_PAGES: Final = ("/api/", "/auth/", "/socket.io/", "/assets/")

# Spelt out, for the machine's own table of types is different on every machine. Pictures and fonts are compressed
# already.
_TEXT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
_OTHER_TYPES: Final = {".png": "image/png", ".webp": "image/webp", ".woff2": "font/woff2"}

_FOR_EVER: Final = "public, max-age=31536000, immutable"  # their names hold a hash of their content
_ASK_EACH_TIME: Final = "no-cache"  # an ETag makes that a 304


@dataclass(frozen=True)
class _File:
    content: bytes
    is_text: bool
    headers: dict[str, str]
    etag: str

    @cached_property
    def compressed(self) -> bytes | None:
        """What browsers are sent of a text; made when the first one asks, so that a service starts sooner."""
        return compress(self.content, mtime=0) if self.is_text else None


class Page:
    """The built files in memory: some hundred kilobytes, each compressed once."""

    def __init__(self, folder: Path, avatar_origins: Iterable[str]) -> None:
        """Read the files.

        Raises:
            NotReady: the files are not there.
        """
        security = _security_headers(avatar_origins)
        paths = [path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST]
        self._files = {f"/{path.relative_to(folder).as_posix()}": _read(path, security) for path in paths}
        missing = sorted({HOME, *NAMED.values()} - set(self._files))
        if missing:
            raise NotReady(
                f"The page's files are not in {folder} ({missing[0][1:]} is missing): install Character Sync again, "
                "or run `make page` in a checkout."
            )

    def answer(self, method: str, path: str, headers: Headers) -> Response | None:
        """Return the file for a request that no route has taken; None when it is not the page's to answer."""
        if method not in {"GET", "HEAD"}:
            return None
        file = self._files.get(NAMED.get(path, path))
        if file is None and _is_opened_by_a_person(path, headers):
            file = self._files[HOME]  # an address inside the page: its script knows what to show there
        return None if file is None else _response(file, headers)


def _is_opened_by_a_person(path: str, headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "") and not f"{path}/".startswith(NOT_THE_PAGES)


def _response(file: _File, headers: Headers) -> Response:
    known = {tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")}
    if file.etag.removeprefix("W/") in known:
        # The policies among them: what a browser holds takes over the headers of a 304 (RFC 9111, 3.2).
        return Response(status_code=304, headers={n: v for n, v in file.headers.items() if n != "Content-Type"})
    if "gzip" in headers.get("accept-encoding", "") and file.compressed is not None:
        return Response(file.compressed, headers=file.headers | {"Content-Encoding": "gzip"})
    return Response(file.content, headers=file.headers)


def _read(path: Path, security: dict[str, str]) -> _File:
    content = path.read_bytes()
    # Weak, because it is the same for the compressed form.
    etag = f'W/"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "Content-Type": (_TEXT_TYPES | _OTHER_TYPES).get(path.suffix, "application/octet-stream"),
        "Cache-Control": _FOR_EVER if path.parent.name == "assets" else _ASK_EACH_TIME,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        **security,
    }
    return _File(content, path.suffix in _TEXT_TYPES, headers, etag)


def _security_headers(avatar_origins: Iterable[str]) -> dict[str, str]:
    policy = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": " ".join(("'self'", "data:", *avatar_origins)),
        "connect-src": "'self'",
        "font-src": "'self'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: with that, browsers send `Origin: null` with a form of our own (Fetch, "append a request
        # `Origin` header"), which `Identity.is_foreign_page` could no longer tell from another site's.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
