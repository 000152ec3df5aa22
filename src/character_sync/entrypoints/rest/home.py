"""The front door: where to sign in and what there is, for whoever opens the printed address."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Character Sync</title>
<h1>Character Sync is running</h1>
<p><a href="/auth/battle-net/login?returnTo=/api/v1/me">Sign in with Battle.net</a>, then read
<a href="/api/v1/me">who you are</a>, <a href="/api/v1/characters">your characters</a> and
<a href="/api/v1/sync-sessions">your syncs</a>.</p>
<p>The API is described in <a href="/openapi.json">openapi.json</a>. To watch a sync in a terminal:
<code>character-sync sync --game-version retail</code>.</p>
</html>
"""


@router.get("/", response_class=HTMLResponse)
async def home() -> HTMLResponse:
    """Show what there is."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": "default-src 'none'"})
