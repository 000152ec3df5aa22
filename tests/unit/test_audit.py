"""`make audit`: what is known is told, and what could not be looked at never reads as nothing found."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from support.scripts import CHECKOUT

WELL_PYTHON = {"dependencies": [{"name": "cryptography", "version": "50", "vulns": []}]}
WELL_NODE = {"vulnerabilities": {}}
UNKNOWN_PYTHON = {"dependencies": [{"name": "cryptography", "skip_reason": "not found"}]}
UNKNOWN_NODE = {"error": {"code": "ENOAUDIT"}}
BAD_PYTHON = {"dependencies": [{"name": "a-thing", "version": "1.0", "vulns": [{"id": "PYSEC-0000-1"}]}]}
BAD_NODE = {"vulnerabilities": {"left-pad": {"severity": "high"}}}


def audit(folder: Path, python: object, node: object, **environment: str) -> tuple[int, str]:
    """Run the script in a small tree, with tools that answer what they are told."""
    tree, tools = folder / "tree", folder / "tools"
    for part in ("scripts", "requirements"):
        shutil.copytree(CHECKOUT / part, tree / part)
    for project in ("packages/react", "web", "tests/e2e/node"):
        (tree / project).mkdir(parents=True)
    tools.mkdir()
    (tools / "pip_audit.py").write_text(f"print({json.dumps(json.dumps(python))})", "utf-8")
    npm = tools / "npm"
    npm.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(node))})\n", "utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    (tools / "python").symlink_to(sys.executable)
    clean = {name: value for name, value in os.environ.items() if name != "CI_AUDIT"}
    done = subprocess.run(
        [tools / "python", tree / "scripts" / "audit.py"],
        env=clean | {"PYTHONPATH": str(tools)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_clean_tree_without_known_vulnerabilities_passes(tmp_path: Path) -> None:
    code, said = audit(tmp_path, WELL_PYTHON, WELL_NODE, CI_AUDIT="required")
    assert code == 0, said
    assert "Python: no known vulnerability" in said
    assert "web: no known vulnerability" in said
    assert "NOT LOOKED AT" not in said


@pytest.mark.parametrize(
    ("python", "node", "named"),
    [(BAD_PYTHON, WELL_NODE, "a-thing 1.0: PYSEC-0000-1"), (WELL_PYTHON, BAD_NODE, "left-pad: high")],
)
def test_a_known_vulnerability_is_named_and_fails(tmp_path: Path, python: object, node: object, named: str) -> None:
    code, said = audit(tmp_path, python, node)
    assert code == 1
    assert named in said


@pytest.mark.parametrize(("python", "node"), [(UNKNOWN_PYTHON, WELL_NODE), (WELL_PYTHON, UNKNOWN_NODE), ("", "")])
def test_advisories_that_cannot_be_had_are_said_to_be_missing(tmp_path: Path, python: object, node: object) -> None:
    code, said = audit(tmp_path, python, node)
    assert code == 0
    assert "NOT LOOKED AT, for no advisories are served here" in said


def test_advisories_that_cannot_be_had_fail_where_they_are_required(tmp_path: Path) -> None:
    code, _ = audit(tmp_path, UNKNOWN_PYTHON, UNKNOWN_NODE, CI_AUDIT="required")
    assert code == 1
