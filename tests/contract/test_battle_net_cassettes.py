"""Recorded exchanges with their statuses and headers."""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml

from character_sync.adapters.battle_net import responses
from character_sync.adapters.battle_net.responses import Verdict, judge
from character_sync.adapters.battle_net.text import http_date

CASSETTES = Path(__file__).parent.parent / "samples" / "battle_net" / "cassettes"
NOW = datetime(2019, 12, 22, 22, 31, tzinfo=UTC)


class RubyLoader(yaml.SafeLoader):
    """Reads VCR's files: Ruby writes `!binary` where YAML says `!!binary`."""


RubyLoader.add_constructor("!binary", yaml.SafeLoader.construct_yaml_binary)


def exchanges(name):
    recording = yaml.load((CASSETTES / name).read_text("utf-8"), Loader=RubyLoader)  # noqa: S506 - a safe loader
    for recorded in recording["http_interactions"]:
        response = recorded["response"]
        body = response["body"]["string"]
        headers = {key.lower(): values[0] for key, values in response["headers"].items()}
        yield response["status"]["code"], headers, body if isinstance(body, bytes) else body.encode()


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*.yml")), ids=lambda path: path.stem)
def test_every_recorded_status_is_judged(path):
    for status, headers, body in exchanges(path.name):
        expected = Verdict.OK if status == 200 else Verdict.NOT_FOUND
        assert judge(status, headers, body, now=NOW) is expected


def test_an_unknown_character_is_a_404_with_json_and_no_last_modified():
    ((status, headers, body),) = exchanges("wow_character_empty.yml")
    assert status == 404
    assert "last-modified" not in headers
    assert judge(status, headers, body, now=NOW) is Verdict.NOT_FOUND


def test_a_profile_is_last_modified_when_the_character_logged_in():
    for _, headers, body in exchanges("wow_character_multiple.yml"):
        assert http_date(headers["last-modified"]) == responses.profile(body).last_login_at


def test_a_last_modified_comes_back_as_it_was_when_asked_with():
    ((_, headers, _),) = exchanges("wow_character_specializations.yml")
    assert http_date(headers["last-modified"]) == datetime(2019, 12, 22, 9, 5, 20, tzinfo=UTC)
    assert format_datetime(http_date(headers["last-modified"]), usegmt=True) == headers["last-modified"]


@pytest.mark.parametrize(
    ("cassette", "read", "captured"),
    [
        ("wow_character.yml", responses.profile, "captured/character_profile.retail.eu.2.json"),
        ("wow_character_media.yml", responses.media, "captured/character_media.retail.eu.legacy_urls.2.json"),
        (
            "wow_character_specializations.yml",
            responses.specializations,
            "captured/specializations.retail.eu.pre10.2.json",
        ),
    ],
)
def test_a_recorded_body_says_what_the_captured_file_says(sample, cassette, read, captured):
    (_, _, body), *_ = exchanges(cassette)
    assert read(body) == read(sample(captured))
