"""The documentation says what the code says."""

import re
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

import pytest

from character_sync.domain.errors import CharacterSyncError
from character_sync.domain.reason_words import REASON_WORDS
from character_sync.domain.sync_session import Reason
from character_sync.entrypoints.problems import STATUSES
from character_sync.reference import docs_pages
from character_sync.settings import PREFIX, Settings

CHECKOUT = docs_pages.CHECKOUT
GENERATED = docs_pages.pages()
WRITTEN = sorted(
    [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"), *CHECKOUT.glob("packages/*/README.md")],
    key=lambda page: page.relative_to(CHECKOUT).as_posix(),
)
LINK = re.compile(r"(?<![`!])\[[^\]]*\]\((?P<target>[^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]+\]\((?P<target>[^)\s]+)\)")
ROW = re.compile(r"^\| `(?P<module>[^`]+\.py)` \| (?P<caption>.*) \|$", re.MULTILINE)


GUIDES = [CHECKOUT / "ARCHITECTURE.md", CHECKOUT / "CONTRIBUTING.md", *sorted(CHECKOUT.glob("docs/how-to/*.md"))]
CLIENTS_OWN = {"url", "token"}  # what programs of players read: the service to ask, and as whom
FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|lua|toml|md|ts|tsx|css)|(?:[\w.-]+/)+)`")


def named(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", GENERATED, ids=named)
def test_a_generated_page_is_as_the_code_says(page: Path) -> None:
    assert page.read_text("utf-8") == GENERATED[page], "stale: run `make docs`"


def test_every_module_has_a_caption() -> None:
    bare = [
        f"{package}/{path}"
        for package in docs_pages.PACKAGES
        for path, caption in docs_pages.captions(CHECKOUT / package)
        if not caption
    ]
    assert bare == []


def test_the_codemap_names_every_module_of_both_packages_and_nothing_else() -> None:
    text = (CHECKOUT / "ARCHITECTURE.md").read_text("utf-8")
    tables = text.partition("<!-- codemap:begin -->")[2].partition("<!-- codemap:end -->")[0]
    listed = [module for module, _ in ROW.findall(tables)]
    there = [
        file.relative_to(CHECKOUT / package).as_posix()
        for package in docs_pages.PACKAGES
        for file in (CHECKOUT / package).rglob("*.py")
        if file.read_bytes().strip()
    ]
    assert sorted(listed) == sorted(there)


def test_a_part_goes_between_its_markers_and_nowhere_else() -> None:
    text = "before\n<!-- part:begin -->\nold\n<!-- part:end -->\nafter\n"
    assert docs_pages.between(text, "part", "new") == text.replace("old", "new")


@pytest.mark.parametrize("text", ["", "<!-- part:begin -->", "<!-- part:end --> <!-- part:begin -->"])
def test_a_page_without_both_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must hold"):
        docs_pages.between(text, "part", "new")


def test_every_setting_is_described_and_documented_once() -> None:
    page = docs_pages.settings_page()
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert [name for name in Settings.model_fields if page.count(f"`{PREFIX}{name.upper()}`") != 1] == []


def test_no_page_shows_the_default_of_a_secret() -> None:
    row = next(line for line in docs_pages.settings_page().splitlines() if "CLIENT_SECRET" in line)
    assert "****" not in row
    assert row.split("|")[2].strip() == ""


def test_every_error_has_a_status_and_somebody_who_acts() -> None:
    errors = set(docs_pages.all_errors())
    assert errors == set(STATUSES) == set(docs_pages._WHO_ACTS)
    assert CharacterSyncError in errors


def test_every_reason_is_explained() -> None:
    assert set(REASON_WORDS) == set(Reason)


def test_what_is_refused_for_its_form_is_what_the_request_limits_refuse() -> None:
    table = (CHECKOUT / "docs/rest.md").read_text("utf-8").partition("## Statuses")[2]
    source = (CHECKOUT / "src/character_sync/entrypoints/request_limits.py").read_text("utf-8")
    refused = {
        (HTTPStatus[name].value, code) for name, code in re.findall(r'problem\(HTTPStatus\.(\w+), "(\w+)"', source)
    }
    routing = {(HTTPStatus.NOT_FOUND, "not_found"), (HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")}
    assert {
        (int(status), code) for status, code in re.findall(r"^\| (\d+) \| `(\w+)`", table, re.MULTILINE)
    } == refused | routing


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_the_settings_a_page_names_are_settings(page: Path) -> None:
    names = re.findall(rf"(?<![\w*]){PREFIX}([A-Z_]*[A-Z])(?![\w*])", page.read_text("utf-8"))
    assert [name for name in names if name.lower() not in {*Settings.model_fields, *CLIENTS_OWN}] == []


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_the_files_a_guide_names_are_there(page: Path) -> None:
    text = page.read_text("utf-8").partition("<!-- codemap:begin -->")[0]  # its own test compares the codemap
    folders = [CHECKOUT, CHECKOUT / "src/character_sync"]
    bare = {
        file.name for folder in ("src", "tests/samples") for file in (CHECKOUT / folder).rglob("*.*")
    }  # beside one named whole
    lost = [
        path
        for path in FILE.findall(text)
        if path not in bare and not any((folder / path).exists() for folder in folders)
    ]
    assert lost == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    lost = []
    for target in LINK.findall(page.read_text("utf-8")):
        path, _, fragment = unquote(target).partition("#")
        if path.startswith(("http:", "https:", "mailto:")):
            continue
        file = page.parent / path if path else page
        if not file.exists():
            lost.append(target)
        elif fragment:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            lost += [target] if fragment not in {anchor(heading) for heading in headings} else []
    assert lost == []


def test_the_index_leads_to_every_page() -> None:
    index = CHECKOUT / "docs/README.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text("utf-8"))}
    pages = {page for page in CHECKOUT.glob("docs/**/*.md") if page.parent.name != "adr"}  # these have their own folder
    assert sorted(named(page) for page in pages - linked - {index}) == []


def test_the_decisions_are_numbered_without_gaps_and_say_the_same_four_things() -> None:
    pages = sorted((CHECKOUT / "docs/adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    parts = ["## Context", "## Decision", "## Consequences", "## What would change our mind"]
    odd = [named(page) for page in pages if re.findall(r"^## .*$", page.read_text("utf-8"), re.MULTILINE) != parts]
    assert odd == []


@pytest.mark.parametrize("page", [page for page in WRITTEN if PICTURE.search(page.read_text("utf-8"))], ids=named)
def test_pictures_are_there_and_say_what_they_show(page: Path) -> None:
    assert [target for target in PICTURE.findall(page.read_text("utf-8")) if not (page.parent / target).exists()] == []
