"""What is built and what CI runs: locked, hashed, audited."""

import re

from support.scripts import CHECKOUT


def test_every_requirement_is_locked_with_its_hashes() -> None:
    for file in sorted((CHECKOUT / "requirements").glob("*.txt")):
        pinned = re.split(r"^(?=[A-Za-z0-9])", file.read_text("utf-8"), flags=re.MULTILINE)[1:]
        assert pinned, file.name
        loose = [entry.splitlines()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry]
        assert loose == [], file.name


def test_what_ci_runs_audits() -> None:
    assert re.findall(r"^exec (.*)$", (CHECKOUT / ".ci" / "run").read_text("utf-8"), re.MULTILINE) == ["make test"]
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    recipe = makefile.partition("\ntest:")[2].partition("\n\n")[0]
    assert "$(MAKE) --no-print-directory audit" in recipe
    assert "scripts/audit.py" in makefile.partition("\naudit:")[2].partition("\n\n")[0]
    assert not (CHECKOUT / ".github").exists()
