"""Answers that are not as expected: parts are lost, answers are refused, nothing else happens."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from character_sync.adapters.battle_net import responses
from character_sync.adapters.battle_net.adapter import content_hash
from character_sync.domain.character import NamedId
from character_sync.domain.errors import BattleNetAnswerUnreadable, BattleNetError, BattleNetUnavailable

SAMPLES = Path(__file__).parent.parent / "samples" / "battle_net"
READERS = {
    "account_summary": responses.account_summary,
    "character_media": responses.media,
    "character_profile": responses.profile,
    "equipment": responses.equipment,
    "protected_character": responses.protected,
    "specializations": responses.specializations,
}
ANSWERS = [
    (READERS[kind], json.loads(path.read_bytes()))
    for folder in ("captured", "shapes")
    for path in sorted((SAMPLES / folder).glob("*.json"))
    if (kind := path.name.partition(".")[0]) in READERS
]
SPOILED = [None, {}, [], "", "x", 0, -1, 1.0, 1.5, 1e300, 2**63, 10**30, True, [None], [{}], {"en_GB": "One"}, "\x00"]


def raw(answer) -> bytes:
    return json.dumps(answer).encode()


def paths(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from paths(part, (*path, key))


def spoil(answer, path, value):
    *way, last = path
    for key in way:
        answer = answer[key]
    if value is ...:
        del answer[last]
    else:
        answer[last] = copy.deepcopy(value)


def account(*characters):
    return raw({"wow_accounts": [{"id": 7, "characters": list(characters)}]})


CHARACTER = {"id": 1, "name": "Jaina", "realm": {"id": 9, "slug": "proudmoore"}, "level": 80}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_spoiled_answer_raises_anything_but_our_errors(data):
    read, answer = data.draw(st.sampled_from(ANSWERS), label="answer")
    answer = copy.deepcopy(answer)
    for _ in range(data.draw(st.integers(1, 3), label="how many")):
        path = data.draw(st.sampled_from([path for path in paths(answer) if path] or [None]), label="path")
        if path is not None:
            spoil(answer, path, data.draw(st.sampled_from([..., *SPOILED]), label="value"))
    try:
        content = read(raw(answer))
    except BattleNetError:
        return
    if read is not responses.account_summary:
        content_hash(content)  # what was read can be kept


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ANSWERS), st.data())
def test_no_spoiled_bytes_raise_anything_but_our_errors(answer, data):
    read, told = answer
    body = raw(told)
    at = data.draw(st.integers(0, len(body) - 1))
    cut = data.draw(st.integers(0, 3))
    try:
        read(body[:at] + data.draw(st.binary(max_size=4)) + body[at + cut :])
    except BattleNetError:
        return


@pytest.mark.parametrize(("read", "answer"), ANSWERS)
def test_an_answer_cut_off_on_the_way_is_worth_another_attempt(read, answer):
    body = raw(answer)
    for length in range(1, len(body), 1 + len(body) // 100):
        with pytest.raises(BattleNetUnavailable):
            read(body[:length])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"text"', id="string"),
        pytest.param(b'{"id":NaN}', id="NaN"),
        pytest.param(b'{"id":1}}', id="trailing characters"),
        pytest.param(b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep"),
        pytest.param(b'{"_links":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, id="deep where nobody looks"),
        pytest.param(b'{"id":' + b"9" * 1_000_000 + b"}", id="a million digits"),
        pytest.param(b'{"id":1e400}', id="past any float"),
    ],
)
@pytest.mark.parametrize("read", READERS.values())
def test_what_is_no_answer_is_unreadable(read, body):
    if read is responses.account_summary and body.startswith((b'{"id":9', b'{"id":1e')):
        assert read(body).characters == ()  # nobody asked for that number
        return
    with pytest.raises(BattleNetAnswerUnreadable):
        read(body)


@pytest.mark.parametrize("body", [b"{}", b'{"wow_accounts":[]}', b'{"wow_accounts":null}', b'{"wow_accounts":[{}]}'])
def test_an_account_without_characters_is_empty(body):
    assert responses.account_summary(body) == responses.AccountListing((), 0, is_cut=False)


@pytest.mark.parametrize(
    "wow_accounts", [5, "x", {}, [5], [None], [{"characters": 5}], [{"characters": [{}]}], [{"characters": [None]}]]
)
def test_a_listing_of_nothing_readable_is_no_empty_account(wow_accounts):
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.account_summary(raw({"wow_accounts": wow_accounts}))


@pytest.mark.parametrize(
    "spoiled",
    [
        None,
        {},
        7,
        [],
        CHARACTER | {"id": None},
        CHARACTER | {"id": -1},
        CHARACTER | {"id": 2**63},
        CHARACTER | {"id": "1"},
        CHARACTER | {"name": None},
        CHARACTER | {"name": ""},
        CHARACTER | {"name": 5},
        CHARACTER | {"realm": None},
        CHARACTER | {"realm": {"id": 9, "slug": None}},
        CHARACTER | {"realm": {"id": None, "slug": "proudmoore"}},
    ],
)
def test_an_unreadable_entry_is_counted_and_spoils_no_other(spoiled):
    read = responses.account_summary(account(CHARACTER, spoiled, CHARACTER | {"id": 2}))
    assert [character.battle_net_id for character in read.characters] == [1, 2]
    assert read.unreadable == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("level", -1), ("level", None), ("level", "80"), ("gender", 5), ("faction", {}), ("playable_class", "Mage")],
)
def test_an_entry_keeps_what_is_readable(field, value):
    (character,) = responses.account_summary(account(CHARACTER | {field: value})).characters
    assert character.battle_net_id == 1
    assert character.level in {0, 80}


def test_every_wow_account_is_read_and_a_character_named_twice_is_one():
    accounts = [
        {"id": 7, "characters": [CHARACTER, CHARACTER]},
        None,
        {"characters": [CHARACTER | {"realm": {"id": 10, "slug": "other"}}]},
        {"id": 8, "characters": [CHARACTER, CHARACTER | {"id": 2.0}]},
    ]
    read = responses.account_summary(raw({"wow_accounts": accounts}))
    assert [(one.realm.id, one.battle_net_id, one.wow_account_id) for one in read.characters] == [
        (9, 1, 7),
        (10, 1, 0),
        (9, 2, 8),
    ]


def test_a_listing_past_the_cap_is_cut_and_says_so():
    many = [CHARACTER | {"id": number} for number in range(responses.MOST_LISTED)]
    whole = responses.account_summary(account(*many, CHARACTER))
    assert (len(whole.characters), whole.is_cut) == (5_000, False)
    cut = responses.account_summary(account(*many, CHARACTER | {"id": 99_999}))
    assert (len(cut.characters), cut.is_cut) == (5_000, True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"Ja\u0000ina", "Ja\ufffdina"),
        (rb"Ja\ud800ina", "Ja\ufffdina"),
        (rb"Ja\udc00", "Ja\ufffd"),
        (rb"Ja\uD83D\uDC09ina", "Ja\U0001f409ina"),
        (rb"Ja\\ud800", "Ja\\ud800"),
        (b"Ja\xffina", "Ja\ufffdina"),
        (b"Ja\xed\xa0\x80", "Ja\ufffd\ufffd\ufffd"),
        ("A\u0301ngström".encode(), "A\u0301ngström"),
        ("\u202eanomaly".encode(), "\u202eanomaly"),
        (b"x" * 1_000, "x" * 256),
        ("ß".encode() * 300, "ß" * 256),
    ],
)
def test_a_poisoned_name_is_made_storable_and_nothing_else_is_lost(written, read):
    body = account(CHARACTER, CHARACTER | {"id": 2, "name": "PLACE"}).replace(b"PLACE", written)
    first, second = responses.account_summary(body).characters
    assert (first.name, second.name) == ("Jaina", read)
    second.name.encode()


def test_a_byte_order_mark_is_no_fault():
    assert len(responses.account_summary(b"\xef\xbb\xbf" + account(CHARACTER)).characters) == 1


PROFILE = {"id": 1, "name": "Jaina", "realm": {"id": 9, "slug": "proudmoore", "name": None}, "level": 80}


@pytest.mark.parametrize("field", ["id", "name", "realm", "level"])
def test_a_profile_is_unreadable_without(field):
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.profile(raw(PROFILE | {field: None}))


def test_a_profile_of_null_names_takes_class_and_race_from_their_ids():
    nameless = {"character_class": {"id": 8, "name": None}, "race": {"id": 25, "name": {}}, "guild": {"name": None}}
    read = responses.profile(raw(PROFILE | nameless))
    assert (read.character_class, read.race, read.guild) == (NamedId(8, "Mage"), NamedId(25, "Pandaren"), None)
    assert read.realm.name is None


def test_an_unknown_class_keeps_its_id():
    read = responses.profile(raw(PROFILE | {"character_class": {"id": 99}}))
    assert read.character_class == NamedId(99, None)


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ({"display_string": "{name} the Insane", "name": "the Insane"}, "{name} the Insane"),
        ({"name": "%s the Fearless"}, "{name} the Fearless"),
        ({"display_string": {"de_DE": "{name} der Furchtlose"}}, "{name} der Furchtlose"),
        ({}, None),
        ("the Insane", None),
    ],
)
def test_a_title_holds_one_placeholder(title, read):
    assert responses.profile(raw(PROFILE | {"active_title": title})).title == read


@pytest.mark.parametrize("stamp", [None, 0, -1, 10**17, 2**63 - 1, "soon", 1.5])
def test_a_login_out_of_any_calendar_is_none(stamp):
    assert responses.profile(raw(PROFILE | {"last_login_timestamp": stamp})).last_login_at is None


@pytest.mark.parametrize(
    "url",
    [
        "http://render.worldofwarcraft.com/a.jpg",
        "https://render.worldofwarcraft.com@evil.example/a.jpg",
        "https://user@render.worldofwarcraft.com/a.jpg",
        "https://render.worldofwarcraft.com.evil.example/a.jpg",
        "https://render.worldofwarcraft.com:8443/a.jpg",
        "https://worldofwarcraft.com/a.jpg",
        "https://render.xworldofwarcraft.com/a.jpg",
        "https://render.worldofwarcraft.com\\@evil.example/a.jpg",
        "https://render.worldofwarcraft.com/a.jpg\n",
        'https://render.worldofwarcraft.com/a.jpg"onerror=',
        "//render.worldofwarcraft.com/a.jpg",
        "file:///etc/passwd",
        "http://169.254.169.254/",
        "https://[::1]/",
        "javascript:alert(1)",
        "",
        None,
        5,
    ],
)
def test_an_address_elsewhere_is_no_picture(url):
    read = responses.media(raw({"assets": [{"key": "avatar", "value": url}, {"key": "main", "value": GOOD}]}))
    assert (read.avatar_url, read.assets) == (None, {"main": GOOD})


GOOD = "https://render.worldofwarcraft.com/eu/character/la-croisade-écarlate/7/7-main.jpg"


def test_media_may_be_missing():
    assert responses.media(b'{"character":{"id":1}}').assets == {}
    assert responses.media(b'{"assets":[]}').assets == {}
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.media(b"{}")


@pytest.mark.parametrize(
    ("spoiled", "level", "class_id", "gender"),
    [
        ({"level": 2**31}, 0, 8, "FEMALE"),
        ({"playable_class": {"id": 2**31}}, 80, None, "FEMALE"),
        ({"gender": {"type": "F" * 33}}, 80, 8, None),
    ],
)
def test_what_its_column_cannot_hold_is_lost_alone(spoiled, level, class_id, gender):
    entry = CHARACTER | {"playable_class": {"id": 8}, "gender": {"type": "FEMALE"}} | spoiled
    (read,) = responses.account_summary(account(entry)).characters
    assert (read.level, read.character_class.id, read.gender) == (level, class_id, gender)


def test_a_profile_whose_level_no_column_holds_is_unreadable_and_its_other_numbers_are_lost_alone():
    with pytest.raises(BattleNetAnswerUnreadable):
        responses.profile(raw(PROFILE | {"level": 2**31}))
    many = {"equipped_item_level": 2**31, "average_item_level": 700, "active_spec": {"id": 2**31, "name": "Fire"}}
    read = responses.profile(raw(PROFILE | many))
    assert (read.item_level, read.active_spec) == (700, NamedId(None, "Fire"))


def test_a_title_of_many_placeholders_stays_as_long_as_its_column():
    assert len(responses.profile(raw(PROFILE | {"active_title": {"name": "%s" * 200}})).title) == 256


def test_an_address_longer_than_its_column_is_no_picture():
    long = "https://" + "a." * 1_100 + "worldofwarcraft.com/a.jpg"
    read = responses.media(raw({"assets": [{"key": "avatar", "value": long}, {"key": "main", "value": GOOD}]}))
    assert (read.avatar_url, read.assets) == (None, {"main": GOOD})
