#!/usr/bin/env python3
"""Gathers the licences of what is built into the page, for the package that ships the page.

What counts is locked: every package that the page or the React package needs at run time, as their lock files name it.
That is a little more than a browser is sent (Socket.IO's parts for Node are named, too), and it can be compared with
the lock files wherever the Python tests run, without Node.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NOTICE = Path("THIRD_PARTY_LICENSES")
PROJECTS = ("web", "packages/react")
BUNDLER = "rolldown"  # its helpers for modules are in what it has built
BESIDE = {"link", "devOptional"}  # our own package; what is there for types only
HEAD = """\
Software of others that is built into Character Sync's page
===========================================================

Written by scripts/page_licenses.py from package-lock.json and the packages' own licence files; `make page` does it.
"""


@dataclass(frozen=True, order=True)
class Package:
    """A package of somebody else's, as a lock file names it, and the folder it is installed in."""

    name: str
    version: str
    folder: Path

    @property
    def heading(self) -> str:
        return f"{self.name} {self.version}"


def main() -> int:
    """Write the notice or check it. Returns the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    what = arguments.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help=f"write {NOTICE}; the packages have to be installed")
    what.add_argument("--check", action="store_true", help="exit with 1 when another set of packages is locked now")
    if arguments.parse_args().write:
        (CHECKOUT / NOTICE).write_text(notice(CHECKOUT), "utf-8")
    elif not is_fresh(CHECKOUT):
        sys.stderr.write(f"{NOTICE} does not name what is locked now: run make page, and commit what it writes.\n")
        return 1
    return 0


def is_fresh(checkout: Path) -> bool:
    """Whether the notice names what is locked now, each in its version, and nothing else."""
    written = checkout / NOTICE
    return written.is_file() and headings(written.read_text("utf-8")) == [p.heading for p in packages(checkout)]


def packages(checkout: Path) -> list[Package]:
    """Return every package of others that the page may hold, by name."""
    return sorted(
        {package.heading: package for project in PROJECTS for package in _locked(checkout / project)}.values()
    )


def headings(text: str) -> list[str]:
    """Return the names and versions that a notice speaks of, in its order."""
    lines = text.splitlines()
    return [line for line, under in pairwise(lines) if under == "-" * len(line) and line]


def notice(checkout: Path) -> str:
    """Return the notice. Raises FileNotFoundError: a package is not installed, or has no licence that can be read."""
    told = (f"{one.heading}\n{'-' * len(one.heading)}\n\n{_terms(one)}\n" for one in packages(checkout))
    return "\n".join((HEAD, *told))


def _locked(project: Path) -> Iterator[Package]:
    for folder, entry in json.loads((project / "package-lock.json").read_text("utf-8"))["packages"].items():
        name = folder.rpartition("node_modules/")[2]
        needed = not entry.get("dev") and not BESIDE & entry.keys()
        if folder.startswith("node_modules/") and (needed or (name == BUNDLER and project.name == "web")):
            yield Package(name, entry["version"], project / folder)


def _terms(package: Package) -> str:
    told = json.loads((package.folder / "package.json").read_text("utf-8"))
    files = sorted(file for file in package.folder.iterdir() if file.stem.lower() in {"license", "licence"})
    if files:
        return "\n".join(line.rstrip() for line in files[0].read_text("utf-8").strip().splitlines())
    if told.get("license") == "Unlicense":
        return "Released into the public domain under the Unlicense, https://unlicense.org; it ships no text of it."
    raise FileNotFoundError(f"{package.heading} has no licence file, and {told.get('license')!r} asks for its text")


if __name__ == "__main__":
    sys.exit(main())
