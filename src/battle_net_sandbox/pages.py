"""The page on which one chooses an account to sign in with, and the page that says why not."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from typing import Final

from aiohttp import web

from battle_net_sandbox.world import Account

_MOST_SHOWN: Final = 200

_STYLE: Final = """
:root{color-scheme:dark;--ground:#0b0f17;--card:#151c29;--line:#2a3548;--text:#e8edf6;--quiet:#a4b1c6;--blue:#4aa3ff}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:2rem 1rem;color:var(--text);
background:radial-gradient(60rem 40rem at 50% -10%,#17355c 0,transparent 70%),var(--ground);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:34rem}
.badge{display:inline-block;padding:.15rem .6rem;border:1px solid var(--line);border-radius:99px;color:var(--quiet);
font-size:.8125rem;letter-spacing:.02em}
h1{margin:.75rem 0 .25rem;font-size:1.75rem;line-height:1.2;letter-spacing:-.01em;text-wrap:balance}
p{margin:0 0 1.5rem;color:var(--quiet)}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.625rem}
a.account{display:grid;gap:.1rem;padding:.875rem 1rem;border:1px solid var(--line);border-radius:.75rem;
background:var(--card);color:inherit;text-decoration:none;transition:border-color .15s,transform .15s}
a.account:hover{border-color:var(--blue);transform:translateY(-1px)}
a.account[aria-current]{border-color:var(--blue)}
a:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
.name{font-weight:600}.tag{color:var(--blue);font-weight:400;margin-inline-start:.25rem}
.about{color:var(--quiet);font-size:.9375rem}
.refuse{display:block;margin-top:1.25rem;padding:.75rem;border-radius:.75rem;text-align:center;color:var(--quiet);
text-decoration:underline;text-underline-offset:.2em}
.refuse:hover{color:var(--text)}
code{padding:.1em .35em;border-radius:.3em;background:var(--card);overflow-wrap:anywhere}
@media (prefers-reduced-motion:reduce){a.account{transition:none}a.account:hover{transform:none}}
"""

_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def account_chooser(
    accounts: Sequence[tuple[Account, str]],
    refuse: str,
    *,
    asked_by: str,
    scopes: Sequence[str],
    hint: str | None,
) -> web.Response:
    """A page with one link for each account and one to refuse; the links are finished hrefs."""
    rows = "".join(
        f'<li><a class="account" href="{escape(href)}"{" aria-current=true" if account.id == hint else ""}>'
        f'<span class="name">{escape(account.id)} <span class="tag">{escape(account.battletag)}</span></span> '
        f'<span class="about">{escape(account.description)}</span></a></li>'
        for account, href in accounts[:_MOST_SHOWN]
    )
    more = len(accounts) - _MOST_SHOWN
    left = f"<p>{more} more accounts are not shown; name one with <code>login_hint</code>.</p>" if more > 0 else ""
    asks = ", ".join(f"<code>{escape(scope)}</code>" for scope in scopes) or "nothing but who you are"
    return _page(
        "Choose an account",
        f"<p>{escape(asked_by)} asks for {asks}. Nobody's password is needed: these players are made up.</p>"
        f'<ul aria-label="Accounts">{rows}</ul>{left}<a class="refuse" href="{escape(refuse)}">Refuse</a>',
        200,
    )


def refusal(sentence: str, status: int) -> web.Response:
    """The page Battle.net stops on when it cannot send the browser back."""
    return _page("Sign-in cannot go on", f'<p role="alert">{escape(sentence)}</p>', status)


def _page(title: str, content: str, status: int) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} · sandbox Battle.net</title><style>{_STYLE}</style></head>"
        f'<body><main><span class="badge">Sandbox Battle.net</span><h1>{title}</h1>{content}</main></body></html>'
    )
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status, headers=_HEADERS)
