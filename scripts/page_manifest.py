#!/usr/bin/env python3
"""Tells whether the page's built files in the Python package belong to the sources beside them.

Compares what goes in, not what comes out: the same sources need not give the same bytes twice. Needs no Node, so that
a stale page is noticed wherever the Python tests run.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
MANIFEST = Path("src/character_sync/entrypoints/page_files/build-manifest.json")
SOURCES = (
    "web",
    "packages/react/src",
    "packages/react/package.json",
    "packages/react/package-lock.json",
    "packages/react/tsdown.config.ts",
    "packages/react/openapi.json",
)
NOT_SOURCES = {"node_modules", "dist", "coverage", ".vite", ".DS_Store"}


def main() -> int:
    """Write the manifest or check it. Returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = arguments.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="note what the page has just been built from")
    what.add_argument("--check", action="store_true", help="exit with 1 when the sources have changed since")
    if arguments.parse_args().write:
        (CHECKOUT / MANIFEST).write_text(manifest(CHECKOUT), "utf-8")
    elif not is_fresh(CHECKOUT):
        sys.stderr.write(
            "The page was not built from the sources beside it: run make page, and commit what it writes.\n"
        )
        return 1
    return 0


def is_fresh(checkout: Path) -> bool:
    """Whether the manifest names the sources as they are now."""
    written = checkout / MANIFEST
    return written.is_file() and written.read_text("utf-8") == manifest(checkout)


def manifest(checkout: Path) -> str:
    """Return the text of the manifest for the sources as they are now."""
    inputs = sha256()
    for file in sorted(sources(checkout), key=lambda file: file.relative_to(checkout).as_posix()):
        content = sha256(file.read_bytes()).hexdigest()
        inputs.update(f"{file.relative_to(checkout).as_posix()}\0{content}\n".encode())
    return json.dumps({"inputs": inputs.hexdigest()}) + "\n"


def sources(checkout: Path) -> Iterator[Path]:
    """Yield every file that the page is built from or that tells how; in no order."""
    for name in SOURCES:
        source = checkout / name
        yield from _files_in(source) if source.is_dir() else (source,)


def _files_in(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_SOURCES:
            continue
        if path.is_dir():
            yield from _files_in(path)
        else:
            yield path


if __name__ == "__main__":
    sys.exit(main())
