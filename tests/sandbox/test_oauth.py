"""Signing in: the chooser, codes, tokens, userinfo."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

REDIRECT = "http://127.0.0.1:8000/auth/battle-net/callback"


async def test_a_player_who_is_named_comes_back_at_once_with_code_and_state(client):
    back = await client.authorize(prompt="none", login_hint="six")

    assert back.status == 302
    assert back.headers["Location"].startswith(REDIRECT + "?")
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["state"] == ["s t/a+te"]
    assert query["code"]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"state": None}, 400, "The state parameter must be provided"),
        ({"redirect_uri": None}, 400, "The redirect_uri parameter must be a valid URI"),
        ({"redirect_uri": "https://evil.example/cb"}, 400, "The redirect_uri parameter must be a valid URI"),
        ({"redirect_uri": "http://127.0.0.1:x/cb"}, 400, "The redirect_uri parameter must be a valid URI"),
        ({"client_id": "stranger"}, 401, "Bad client credentials"),
    ],
)
async def test_a_sign_in_that_cannot_go_back_stops_on_a_page(client, changes, status, sentence):
    page = await client.authorize(**changes)

    assert page.status == status
    assert sentence in page.body.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"prompt": "none", "decision": "refuse"}, "access_denied"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "login_hint": "nobody"}, "login_required"),
        ({"code_challenge": "abc", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_other_refusals_come_back_to_the_site(client, changes, error):
    back = await client.authorize(**changes)

    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert (query["error"], query["state"]) == ([error], ["s t/a+te"])


async def test_the_chooser_offers_every_account_and_to_refuse_without_scripts_or_outside_requests(client):
    page = await client.authorize()

    text = page.body.decode()
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for account in ("empty", "six", "sixty", "mixed", "recorded"):
        assert f"login_hint={account}" in text
    assert "decision=refuse" in text
    assert "<script" not in text
    assert "https://" not in text.replace("https%3A", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_the_chooser_escapes_what_it_was_asked(client):
    page = await client.authorize(scope="<b>bold</b>", state='"><i>')

    assert b"<b>bold" not in page.body
    assert b"<i>" not in page.body


async def test_a_user_token_says_what_battle_nets_says(client):
    code = await client.code_for("mixed", nonce="n1")

    answer = await client.token_answer(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    body = answer.json
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 86399, "openid wow.profile")
    assert "refresh_token" not in body
    claims = body["id_token"].split(".")[1]
    read = msgspec.json.decode(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (read["battle_tag"], read["nonce"], read["sub"]) == ("Zażółć#21234", "n1", body["sub"])


async def test_an_app_token_has_neither_scope_nor_id_token(client):
    answer = await client.token_answer(grant_type="client_credentials")

    assert set(answer.json) == {"access_token", "token_type", "expires_in", "sub"}
    assert answer.json["sub"] == "sandbox"


async def test_client_credentials_may_stand_in_the_form(client):
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}

    answer = await client.send("POST", f"{client.sandbox.oauth_url}/token", data=form)

    assert answer.status == 200


async def test_a_wrong_secret_is_refused(client):
    answer = await client.token_answer(secret="wrong", grant_type="client_credentials")

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_a_code_is_good_once(client):
    code = await client.code_for("six")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert (await client.token_answer(**form)).status == 200

    again = await client.token_answer(**form)

    assert (again.status, again.json["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_for_a_minute(client):
    code = await client.code_for("six")
    await client.control("POST", "settings", {"clock": {"advanceSeconds": 61}})

    answer = await client.token_answer(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    assert answer.json["error"] == "invalid_grant"


async def test_a_code_is_bound_to_its_redirect_uri(client):
    code = await client.code_for("six")

    answer = await client.token_answer(grant_type="authorization_code", code=code, redirect_uri="http://localhost/")

    assert answer.json["error"] == "invalid_grant"


@pytest.mark.parametrize(("verifier", "status"), [("v" * 50, 200), ("w" * 50, 400)])
async def test_a_code_challenge_is_checked(client, verifier, status):
    challenge = urlsafe_b64encode(sha256(b"v" * 50).digest()).decode().rstrip("=")
    code = await client.code_for("six", code_challenge=challenge, code_challenge_method="S256")

    answer = await client.token_answer(
        grant_type="authorization_code", code=code, redirect_uri=REDIRECT, code_verifier=verifier
    )

    assert answer.status == status


async def test_userinfo_names_the_player_by_text_and_number(client):
    player = await client.as_player("mixed")
    headers = {"Authorization": f"Bearer {player.token}"}

    info = await client.send("GET", f"{client.sandbox.oauth_url}/userinfo", headers=headers)

    assert info.json["battletag"] == "Zażółć#21234"
    assert info.json["sub"] == str(info.json["id"])


async def test_userinfo_refuses_strangers_and_app_tokens(client, app_client):
    url = f"{client.sandbox.oauth_url}/userinfo"

    stranger = await client.send("GET", url, headers={"Authorization": "Bearer nonsense"})
    app = await client.send("GET", url, headers={"Authorization": f"Bearer {app_client.token}"})

    assert (stranger.status, stranger.json["error"]) == (401, "invalid_token")
    assert app.status == 403


async def test_a_token_ends_after_a_virtual_day(client):
    player = await client.as_player("six")
    assert (await player.account("us", "profile-us")).status == 200

    await client.control("POST", "settings", {"clock": {"advanceSeconds": 86_400}})

    refused = await player.account("us", "profile-us")
    assert (refused.status, refused.json) == (401, {"code": 401, "type": "BLZWEBAPI00000401", "detail": "Unauthorized"})


async def test_a_token_with_a_flipped_letter_is_no_token(client):
    player = await client.as_player("six")
    middle = len(player.token) // 2
    flipped = player.token[:middle] + ("A" if player.token[middle] != "A" else "B") + player.token[middle + 1 :]

    answer = await client.api("us", "/profile/user/wow", "profile-us", headers={"Authorization": f"Bearer {flipped}"})

    assert answer.status == 401


async def test_a_token_without_the_scope_may_not_list_characters(client, app_client):
    without = await client.as_player("six", scope="openid")

    assert (await without.account("us", "profile-us")).status == 403
    assert (await app_client.account("us", "profile-us")).status == 403
