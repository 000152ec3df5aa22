#!/usr/bin/env python3
"""Looks for known vulnerabilities in what is locked, and for secrets in the tree.

Advisories come over the network. Where no service gives any (a mirror that holds packages alone), that is said, and is
no failure unless CI_AUDIT=required: "not looked" must never read as "nothing found".
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
REQUIREMENTS = sorted((CHECKOUT / "requirements").glob("*.txt"))
NODE_PROJECTS = ("packages/react", "web", "tests/e2e/node")
LONGEST = 300  # seconds for one tool: a service that hangs must not hang the build


def main() -> int:
    """Return the exit code."""
    vulnerable = False
    unknown: list[str] = []
    for what, found in (("Python", python_findings()), *((name, node_findings(name)) for name in NODE_PROJECTS)):
        if found is None:
            unknown.append(what)
            continue
        sys.stdout.write(f"{what}: {'no known vulnerability' if not found else ''}\n")
        for finding in found:
            sys.stdout.write(f"  {finding}\n")
        vulnerable = vulnerable or bool(found)
    if unknown:
        sys.stdout.write(
            f"NOT LOOKED AT, for no advisories are served here: {', '.join(unknown)}. Run this where the public "
            "registries' vulnerability services can be reached.\n"
        )
    scan = [sys.executable, CHECKOUT / "scripts" / "secret_scan.py"]
    secrets = subprocess.run(scan, check=False).returncode  # noqa: S603 - a script of ours
    return int(vulnerable or secrets != 0 or bool(unknown and os.environ.get("CI_AUDIT") == "required"))


def python_findings() -> list[str] | None:
    """Return what is known against the locked requirements; None when nobody told."""
    # One package first: a service that does not know it knows none, and need not be asked for every name we use.
    pinned = re.search(
        r"^cryptography==[^\s\\]+", (CHECKOUT / "requirements/runtime.txt").read_text("utf-8"), re.MULTILINE
    )
    assert pinned is not None
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as one:
        one.write(pinned[0] + "\n")
        one.flush()
        if _pip_audit("--no-deps", "-r", one.name) is None:
            return None
    return _pip_audit("--require-hashes", *(argument for file in REQUIREMENTS for argument in ("-r", str(file))))


def _pip_audit(*arguments: str) -> list[str] | None:
    program = [sys.executable, "-m", "pip_audit", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    report = _json([*program, *arguments])
    if report is None:
        return None
    dependencies = report.get("dependencies", [])
    if not dependencies or any("skip_reason" in one for one in dependencies):
        return None
    return sorted(
        {f"{one['name']} {one['version']}: {known['id']}" for one in dependencies for known in one.get("vulns", [])}
    )


def node_findings(project: str) -> list[str] | None:
    """Return what npm knows against a project's lock file; None when nobody told."""
    report = _json([str(BIN / "npm"), "audit", "--json", "--package-lock-only"], CHECKOUT / project)
    if report is None or "vulnerabilities" not in report:
        return None
    return sorted(f"{name}: {known['severity']}" for name, known in report["vulnerabilities"].items())


def _json(command: list[str], folder: Path = CHECKOUT) -> dict[str, object] | None:
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    try:
        done = subprocess.run(  # noqa: S603 - commands of this file, without a shell
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return report if isinstance(report, dict) else None


if __name__ == "__main__":
    sys.exit(main())
