"""The files of deploy/ are readable, and name only what there is."""

import json
import re
import shlex
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from character_sync.adapters.database.token_vault import generate_key
from character_sync.cli import SERVICE_PORT
from character_sync.commands.openapi import openapi_document
from character_sync.entrypoints.server import LAST_WORDS_SECONDS
from character_sync.reference.docs_pages import CHECKOUT, our_metrics
from character_sync.settings import PREFIX, Settings
from support.command_line import is_understood

DEPLOY = CHECKOUT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OPERATIONS = CHECKOUT / "docs/operations.md"
OURS = re.compile(rf"\b{PREFIX}[A-Z_]*[A-Z]\b")
HEALTH = re.compile(r"http://127\.0\.0\.1:(\d+)(/\w+)")
METRIC = re.compile(r"\b(?:character_sync|process)_[a-z_]+\b")
LONGEST_STOP_SECONDS = 20  # what a stop may take; see docs/operations.md


def named(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def options(unit: Path) -> dict[str, str]:
    lines = [line for line in unit.read_text("utf-8").splitlines() if line and not line.startswith(("#", "["))]
    pairs = [line.partition("=") for line in lines]
    return {key: value for key, _, value in pairs}


@pytest.mark.parametrize("path", [*FILES, OPERATIONS], ids=named)
def test_every_variable_of_ours_is_a_setting(path: Path) -> None:
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    client = {f"{PREFIX}TOKEN", f"{PREFIX}URL"}  # the terminal client's
    assert set(OURS.findall(path.read_text("utf-8"))) - settings - client == set()


@pytest.mark.parametrize("path", [DEPLOY / "grafana-dashboard.json", OPERATIONS], ids=named)
def test_every_metric_that_is_named_is_one_a_process_shows(path: Path) -> None:
    usual = {"process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_cpu_seconds_total"}
    shown = set(usual)
    for metric in our_metrics():
        shown |= {metric.name, f"{metric.name}_total"} | {sample.name for sample in metric.samples}
    assert set(METRIC.findall(path.read_text("utf-8"))) - shown == set()


def test_the_dashboard_asks_something_in_every_panel_and_shows_each_in_its_own_place() -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    assert len(set(places)) == len(places) == len({panel["id"] for panel in dashboard["panels"]})


def of_dockerfile(instruction: str) -> str:
    """Return what stands behind an instruction of the image's last stage."""
    found: str = re.findall(rf"^{instruction} (.*)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)[-1]
    return found


def started() -> dict[str, str]:
    """Return the command that each file starts a process of ours with, as a person would type it."""
    [program] = json.loads(of_dockerfile("ENTRYPOINT"))
    commands = {f"compose's {name}": compose()["services"][name]["command"] for name in ("serve", "worker")}
    commands["the image"] = json.loads(of_dockerfile("CMD"))
    return {where: shlex.join([program, *words]) for where, words in commands.items()} | {
        named(unit): options(unit)["ExecStart"].removeprefix("/opt/character-sync/bin/") for unit in UNITS
    }


@pytest.mark.parametrize("where", started())
def test_a_process_is_started_with_a_command_and_options_there_are(where: str) -> None:
    command = started()[where]
    is_understood(command)
    assert command.split()[1] == ("worker" if "worker" in where else "serve")


def environments() -> dict[str, dict[str, str]]:
    """Return what each file gives a process of ours to begin with, secrets made up."""
    by_hand = re.sub(r"^# (?=CHARACTER_SYNC_)", "", (DEPLOY / "example.env").read_text("utf-8"), flags=re.MULTILINE)
    shared = dict(re.findall(rf"^({PREFIX}\w+)=(.*)$", by_hand, re.MULTILINE))
    shared[f"{PREFIX}ENCRYPTION_KEYS"] = generate_key()
    units = {
        named(unit): dict(word.split("=", 1) for word in options(unit)["Environment"].replace("%i", "1").split())
        for unit in UNITS
    }
    composed = {f"compose's {name}": compose()["services"][name]["environment"] for name in ("serve", "worker")}
    return {where: shared | told for where, told in (units | composed).items()}


@pytest.mark.parametrize("where", environments())
def test_every_process_can_read_what_it_is_set_to(where: str) -> None:
    told = environments()[where]
    settings = Settings(**{name.removeprefix(PREFIX).lower(): value for name, value in told.items()})
    assert settings.database_url.startswith("postgresql://")
    assert settings.queue_url.startswith("redis://")
    assert (settings.metrics_port is not None) == ("worker" in where)
    assert settings.public_url.startswith("https://")


def test_the_processes_of_compose_find_the_database_and_the_queue_of_compose() -> None:
    services = compose()["services"]
    database = urlsplit(
        services["worker"]["environment"][f"{PREFIX}DATABASE_URL"].replace(":?set it in deploy/.env", "")
    )
    made = services["postgres"]["environment"]
    assert services[str(database.hostname)] == services["postgres"]
    assert (database.username, database.path) == (made["POSTGRES_USER"], f"/{made['POSTGRES_DB']}")
    assert (
        services[str(urlsplit(services["worker"]["environment"][f"{PREFIX}QUEUE_URL"]).hostname)] == services["redis"]
    )
    for name in ("serve", "worker"):
        assert {"postgres", "redis"} == set(services[name]["depends_on"])
        assert services[name]["environment"].keys() >= {f"{PREFIX}DATABASE_URL", f"{PREFIX}QUEUE_URL"}


def test_nothing_of_compose_that_may_be_scaled_asks_for_a_port_of_the_machine() -> None:
    assert [name for name, one in compose()["services"].items() if "ports" in one] == ["proxy"]


def test_a_process_is_asked_for_its_health_where_it_listens() -> None:
    services = compose()["services"]
    asked = {name: HEALTH.findall(" ".join(services[name]["healthcheck"]["test"])) for name in ("serve", "worker")}
    assert asked["serve"] == [(str(SERVICE_PORT), "/healthz")]
    assert asked["worker"] == [(services["worker"]["environment"][f"{PREFIX}METRICS_PORT"], "/healthz")]
    assert of_dockerfile("EXPOSE") == str(SERVICE_PORT)


@pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile"])
def test_a_proxy_asks_where_the_service_listens_and_names_only_routes_there_are(file: str) -> None:
    text = re.sub(r"#.*", "", (DEPLOY / file).read_text("utf-8"))
    assert set(re.findall(r"\b(?:serve|127\.0\.0\.1):(\d+)", text)) == {str(SERVICE_PORT)}
    routes = [*openapi_document()["paths"], "/socket.io/"]
    told = re.findall(r"location(?: [=~])? (\S+)", text) + re.findall(r"(?:path|health_uri) (.*)", text)
    paths = {path for line in told for path in line.split()} - {"/"}
    assert paths
    assert [path for path in paths if not any(re.fullmatch(path, route) for route in routes)] == []


def test_every_other_service_of_compose_is_a_stock_image_of_a_named_version() -> None:
    stock = {name: one["image"] for name, one in compose()["services"].items() if "build" not in one}
    assert set(stock) == {"proxy", "postgres", "redis"}
    assert all(re.fullmatch(r"[a-z]+:[0-9][0-9.]*", image) for image in stock.values())


def test_the_queue_of_compose_refuses_rather_than_forgets() -> None:
    command = compose()["services"]["redis"]["command"]
    assert dict(pairwise(command))["--maxmemory-policy"] == "noeviction"


def test_compose_waits_longer_for_a_stop_than_one_takes() -> None:
    for name in ("serve", "worker"):
        seconds = int(compose()["services"][name]["stop_grace_period"].removesuffix("s"))
        assert seconds > LONGEST_STOP_SECONDS > LAST_WORDS_SECONDS


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_a_unit_waits_longer_for_a_stop_than_one_takes_and_always_comes_back(unit: Path) -> None:
    told = options(unit)
    assert int(told["TimeoutStopSec"]) > LONGEST_STOP_SECONDS
    assert (told["Restart"], told["KillSignal"]) == ("always", "SIGTERM")


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_a_unit_may_do_no_more_than_it_needs(unit: Path) -> None:
    told = options(unit)
    assert told["NoNewPrivileges"] == told["DynamicUser"] == told["PrivateTmp"] == "yes"
    assert told["ProtectSystem"] == "strict"
    assert told["CapabilityBoundingSet"] == ""
    assert told["StateDirectory"] == "character-sync"


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_systemd_understands_every_line_of_a_unit(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze cannot be had here")
    program = options(unit)["ExecStart"].split()[0]
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace(program, "/bin/true"), "utf-8")  # ours is not installed here
    done = subprocess.run([analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr).strip() == ""
    assert done.returncode == 0


def test_the_proxys_configuration_closes_what_it_opens() -> None:
    text = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text("utf-8"))
    assert text.count("{") == text.count("}")
    unfinished = [line for line in map(str.strip, text.splitlines()) if line and line[-1] not in "{};"]
    assert unfinished == []


@pytest.mark.parametrize(
    "header", ["Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID", "Upgrade", "Connection"]
)
def test_the_proxy_passes_what_the_service_needs(header: str) -> None:
    assert f"proxy_set_header {header} " in (DEPLOY / "nginx.conf").read_text("utf-8")


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
@pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile"])
def test_a_proxy_keeps_what_is_for_operators_from_the_public(file: str, path: str) -> None:
    assert path in (DEPLOY / file).read_text("utf-8")


def test_behind_composes_proxy_each_client_is_an_address_of_its_own() -> None:
    told = compose()["services"]["serve"]["environment"]["CHARACTER_SYNC_TRUSTED_PROXIES"]
    networks = [ip_network(text) for text in Settings(trusted_proxies=told).trusted_proxies]
    assert any(ip_address("172.18.0.3") in network for network in networks)  # as docker numbers its networks
    assert not any(ip_address("203.0.113.9") in network for network in networks)


def test_the_image_is_built_from_what_is_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    sources = [source for copy in copies for source in copy]
    assert sources
    assert [source for source in sources if not (CHECKOUT / source).exists()] == []
