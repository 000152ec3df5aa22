"""Names are players' own words, and a browser is to show them and nothing more."""

import pytest

from support.browser import Demo, Visit, all_is_well, fault, new_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = ["<img src=x onerror=alert(1)>", "<script>alert(2)<script>", "\u202ereversed", "{{7*7}}${7*7}"]


async def test_a_name_that_is_html_is_shown_as_it_is_written(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    account = await new_account(demo)
    said: list[str] = []
    visitor.page.on("dialog", lambda dialog: said.append(dialog.message))
    realm = {"id": 1, "slug": "a-realm", "name": NAMES[0]}
    listed = [{"id": number, "name": name, "level": 80, "realm": realm} for number, name in enumerate(NAMES, start=1)]
    await fault(
        demo, "*/profile/user/wow", {"status": 200, "body": {"wow_accounts": [{"id": 1, "characters": listed}]}}
    )
    try:
        await visitor.sign_in(account)
        await visitor.sync()
        for name in NAMES:
            await visitor.sees(name)
        assert await visitor.page.locator("img[src=x], article script").count() == 0
        assert said == []
    finally:
        await all_is_well(demo)
