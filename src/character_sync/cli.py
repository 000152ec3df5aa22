"""The command line: what can be typed, and in one sentence why something cannot start."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from character_sync import __version__
from character_sync.domain.errors import NotReady
from character_sync.ports import Secret

if TYPE_CHECKING:
    from character_sync.settings import Settings

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
SERVICE_PORT, SANDBOX_PORT = 8000, 8001
INTERRUPTED = 130  # what shells expect after Ctrl-C: 128 and the signal's number

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys = typer.Typer(no_args_is_help=True, help="The keys that keep the players' tokens unreadable at rest.")
app.add_typer(keys, name="keys")
circuits = typer.Typer(no_args_is_help=True, help="Parts of Battle.net that are left alone while they are in trouble.")
app.add_typer(circuits, name="circuits")

sessions = typer.Typer(no_args_is_help=True, help="The sync sessions of all players, beside a running service.")
app.add_typer(sessions, name="sessions")

SessionId = Annotated[UUID, typer.Argument(help="The id of a sync session.")]
Part = Annotated[str, typer.Option(help="`*` is any.")]

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.", min=0, max=65_535)]
Url = Annotated[str, typer.Option(help="Address of the running service.", envvar="CHARACTER_SYNC_URL")]


def main() -> None:
    """Run the command line; what cannot start says so in one sentence and exits with 1."""
    try:
        app()
    except NotReady as error:
        typer.echo(f"character-sync: {error}", err=True)
        sys.exit(1)


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def character_sync(
    _version: Annotated[  # noqa: FBT002 - typer reads the default
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Bring a player's World of Warcraft characters in from Battle.net and keep them true, watched live."""


@app.command()
def demo(
    host: Host = LOOPBACK,
    port: Port = SERVICE_PORT,
    accounts: Annotated[Path | None, typer.Option(help="JSON file with more accounts for the sandbox.")] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(envvar="CHARACTER_SYNC_DATA_DIR", help="Folder to keep data in. Default: a temporary one."),
    ] = None,
) -> None:
    """Run everything in one process: service, worker and a sandbox Battle.net. Needs no account and no server."""
    from character_sync.commands.programs import run_demo

    settings = _settings(**({"data_dir": data_dir} if data_dir else {}))
    _run(run_demo(settings, host=host, port=port, accounts=accounts, keeps_data=data_dir is not None, say=_say))


@app.command()
def serve(host: Host = LOOPBACK, port: Port = SERVICE_PORT) -> None:
    """Serve REST and Socket.IO; work the queue too when it is memory://."""
    from character_sync.commands.programs import run_serve

    _run(run_serve(_settings(), host=host, port=port, say=_say))


@app.command()
def worker() -> None:
    """Work a shared queue."""
    from character_sync.commands.programs import run_worker

    _run(run_worker(_settings(), say=_say))


@app.command()
def sandbox(
    host: Host = LOOPBACK,
    port: Port = SANDBOX_PORT,
    recordings: Annotated[Path | None, typer.Option(help="Folder of recorded answers to serve.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = 1,
) -> None:
    """Run the sandbox Battle.net alone."""
    from battle_net_sandbox.server import serve as serve_sandbox
    from battle_net_sandbox.settings import SandboxSettings

    _run(serve_sandbox(SandboxSettings(host=host, port=port, recordings=recordings, seed=seed)))


@app.command()
def sync(
    game_version: Annotated[str, typer.Option(help="For example retail, classic_era or classic_sod.")],
    region: Annotated[str | None, typer.Option(help="us, eu, kr or tw. Default: the service's.")] = None,
    url: Url = f"http://{LOOPBACK}:{SERVICE_PORT}",
    token: Annotated[
        str | None, typer.Option(help="A personal access token (`cs_...`).", envvar="CHARACTER_SYNC_TOKEN")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one event per line instead.")] = False,  # noqa: FBT002
) -> None:
    """Start a sync on a running service and watch it. Exits with 1 when characters failed, 2 when it cannot start."""
    from character_sync.commands.terminal_client import CannotStart, sync_and_watch

    try:
        secret = Secret(token.strip()) if token else None
        failed = asyncio.run(sync_and_watch(url, secret, game_version, region, as_json=as_json))
    except CannotStart as error:
        typer.echo(f"character-sync: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(1 if failed else 0)


@app.command()
def login(
    account: Annotated[str, typer.Option(help="An account of the sandbox, for example six or sixty.")],
    url: Url = f"http://{LOOPBACK}:{SERVICE_PORT}",
    name: Annotated[str, typer.Option(help="What to call the token.")] = "terminal",
) -> None:
    """Sign in at a service that uses the sandbox, and print a personal access token for `sync`."""
    from character_sync.commands.terminal_client import CannotStart, sign_in_at_sandbox

    try:
        typer.echo(asyncio.run(sign_in_at_sandbox(url, account, name)).reveal())
    except CannotStart as error:
        typer.echo(f"character-sync: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision. `serve` and `worker` do so by themselves."""
    from character_sync.commands.programs import run_migrate

    _run(run_migrate(_settings(), say=_say))


@app.command()
def doctor() -> None:
    """Check every part and say in sentences how it is. Exits with 1 when something has to be put right."""
    from character_sync.commands.doctor import examine, verdict

    findings = _run(examine(_settings(log_level="CRITICAL")))  # the findings say it all
    for finding in findings:
        typer.echo(f"{'ok     ' if finding.is_well else 'PROBLEM'}  {finding.sentence}")
    typer.echo(f"\n{verdict(findings)}")
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


@keys.command("generate")
def keys_generate() -> None:
    """Print a new key for CHARACTER_SYNC_ENCRYPTION_KEYS, and on stderr where to put it."""
    from character_sync.adapters.database.token_vault import generate_key
    from character_sync.commands.operating import WHERE_A_KEY_GOES

    typer.echo(generate_key().reveal())  # alone on stdout, for scripts
    typer.echo(WHERE_A_KEY_GOES, err=True)


@keys.command("rotate")
def keys_rotate() -> None:
    """Bring every stored token under the first key, while the service runs, and say which keys may go then."""
    from character_sync.commands.operating import run_keys_rotate

    _run(run_keys_rotate(_settings(), say=_say))


@keys.command("forget")
def keys_forget(
    key_id: Annotated[str, typer.Argument(help="The id of the lost key: the part before the colon.")],
) -> None:
    """Give up what a lost key sealed: the players it was sealed for sign in again."""
    from character_sync.commands.operating import run_keys_forget

    _run(run_keys_forget(_settings(), key_id, say=_say))


@circuits.command("list")
def circuits_list() -> None:
    """Show what operators have opened, and what has opened by itself."""
    from character_sync.commands.operating import run_circuits_list

    _run(run_circuits_list(_settings(), say=_say))


@circuits.command("open")
def circuits_open(region: Part = "*", namespace: Part = "*", endpoint: Part = "*") -> None:
    """Leave a part of Battle.net alone until it is closed again: syncs that need it wait. Every process hears it within seconds."""
    from character_sync.commands.operating import run_circuits_say

    _run(run_circuits_say(_settings(), region, namespace, endpoint, is_open=True, say=_say))


@circuits.command("close")
def circuits_close(region: Part = "*", namespace: Part = "*", endpoint: Part = "*") -> None:
    """Ask a part of Battle.net again, whether an operator has opened it or it has opened by itself."""
    from character_sync.commands.operating import run_circuits_say

    _run(run_circuits_say(_settings(), region, namespace, endpoint, is_open=False, say=_say))


@sessions.command("list")
def sessions_list(
    finished_too: Annotated[bool, typer.Option("--all", help="Show finished ones, too.")] = False,  # noqa: FBT002
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1000)] = 50,
) -> None:
    """Show which sync sessions wait or run."""
    from character_sync.commands.investigating import run_sessions_list

    _run(run_sessions_list(_quiet_settings(), finished_too=finished_too, limit=limit, say=_say))


@sessions.command("show")
def sessions_show(session_id: SessionId) -> None:
    """Show a sync session and each of its characters, with the reason for what did not arrive."""
    from character_sync.commands.investigating import run_sessions_show

    _run(run_sessions_show(_quiet_settings(), session_id, say=_say))


@sessions.command("cancel")
def sessions_cancel(session_id: SessionId) -> None:
    """Cancel a sync session, as its player could. What is settled stays."""
    from character_sync.commands.investigating import run_sessions_cancel

    _run(run_sessions_cancel(_quiet_settings(), session_id, say=_say))


@sessions.command("retry")
def sessions_retry(session_id: SessionId) -> None:
    """Try the characters again that a sync session failed, skipped or did not reach."""
    from character_sync.commands.investigating import run_sessions_retry

    _run(run_sessions_retry(_quiet_settings(), session_id, say=_say))


@app.command()
def explain(
    character: Annotated[str, typer.Argument(help="Its id, its name, or name and realm slug: Thrall-area-52.")],
) -> None:
    """Print why a character is as it is: what was seen, asked, decided and changed, and what comes next."""
    from character_sync.commands.investigating import run_explain

    _run(run_explain(_quiet_settings(), character, say=_say))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the REST API and the events."""
    from character_sync.commands.openapi import openapi_document

    typer.echo(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


def _settings(**overrides: object) -> "Settings":
    from character_sync.logs import configure_logs
    from character_sync.settings import load_settings

    settings = load_settings(**overrides)
    configure_logs(level=settings.log_level, as_json=settings.log_format == "json")
    return settings


def _quiet_settings() -> "Settings":
    """For commands whose own sentences say it all."""
    return _settings(log_level="WARNING")


def _run(program: Coroutine[object, object, T]) -> T:
    import uvloop

    return uvloop.run(program)


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
