"""Every knob, with its unit, its default and why that default."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from character_sync.adapters.battle_net.pictures import BATTLE_NETS_OWN, Pictures
from character_sync.domain.errors import NotReady
from character_sync.domain.game import Region
from character_sync.ports import Secret

PREFIX = "CHARACTER_SYNC_"

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    raise ValueError("it must be text")  # without the value, whatever it is


def _not_set() -> Secret:
    return Secret("")


SecretText = Annotated[
    Secret,
    PlainValidator(_secret, json_schema_input_type=str),
    PlainSerializer(str, return_type=str, when_used="json"),
]
"""A setting nobody can print: pydantic reads it into a `Secret` and writes it as its mask."""


class Settings(BaseSettings):
    """Read from environment variables with the prefix `CHARACTER_SYNC_`, or from a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    data_dir: Path = Field(Path("data"), description="Folder for the SQLite database and the demo's key file.")
    database_url: str = Field(
        "",
        repr=False,  # may hold a password, and settings get into logs
        description="`sqlite:///PATH` or `postgresql://...`. Default: `character-sync.db` in the data folder.",
    )
    queue_url: str = Field(
        "memory://",
        repr=False,  # likewise
        description="`memory://` (one process), `redis://...`, `redis+sentinel://...` or `redis+cluster://...`.",
    )

    battle_net_client_id: str = Field("", description="Client id from Battle.net's developer portal.")
    battle_net_client_secret: SecretText = Field(default_factory=_not_set, description="The client's secret.")
    battle_net_oauth_url: str = Field(
        "https://oauth.battle.net", description="Battle.net's OAuth; one host serves all regions but China."
    )
    battle_net_api_url: str = Field(
        "https://{region}.api.blizzard.com", description="Battle.net's API; `{region}` is replaced."
    )
    default_region: Region = Field(Region.US, description="Region of a sync that names none: `us`, `eu`, `kr`, `tw`.")
    game_versions_file: Path | None = Field(
        None, description="TOML file that changes or adds game versions; same form as the shipped one."
    )
    protected_facet: bool = Field(
        default=False,
        description="Also fetch money and deaths with the player's own token. Off: most sites have no use for them.",
    )

    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address players use. The redirect URI registered at Battle.net is this plus "
        "`/auth/battle-net/callback`. With `https://` the cookies get the `__Host-` prefix and Secure.",
    )
    allowed_origins: CommaSeparated = Field(
        (), description="Other sites whose pages may call the API and open sockets, comma separated; exact origins."
    )
    avatar_origins: CommaSeparated = Field(
        BATTLE_NETS_OWN,
        description="Where characters' pictures may come from, comma separated; `*.` stands for any subdomain. Other "
        "addresses are not kept, and the page's Content-Security-Policy allows the same. Default: Battle.net's hosts, "
        "which are named after regions and game versions.",
    )
    encryption_keys: SecretText = Field(
        default_factory=_not_set,
        description="Keys for the tokens at rest: `id:base64`, newest first, comma separated. "
        "`character-sync keys generate` makes one.",
    )

    requests_per_second: int = Field(
        100,
        ge=0,
        description="Requests per second to Battle.net per client id, of all processes on one queue; 0 is no "
        "limit, and nothing is shared. Battle.net's limit.",
    )
    requests_per_hour: int = Field(
        36_000, ge=0, description="Requests per hour to Battle.net per client id; 0 is no limit. Battle.net's limit."
    )
    requests_share_alone: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Part of both limits that one process uses while the shared queue cannot be reached, and with it "
        "the budget all processes share: a tenth is safe for ten processes.",
    )
    request_timeout_seconds: float = Field(
        20.0,
        gt=0,
        description="Longest one call to Battle.net may take in all; a slow answer keeps a place busy. One of which "
        "nothing comes for half as long is given up.",
    )
    enrichment_attempts: int = Field(
        2, ge=1, le=10, description="Tries per facet for timeouts and 5xx, the first included."
    )
    enrichment_backoff_seconds: float = Field(
        1.0, ge=0, description="Longest wait before the second attempt; it doubles for each further one."
    )
    circuit_minimum_requests: int = Field(
        20,
        ge=0,
        description="So many answers of one part of Battle.net within 30 s, four fifths of them an outage or unreadable, "
        "and it is left alone for a while. Few enough for one large account to notice; 0: never by itself.",
    )
    circuit_wait_seconds: float = Field(
        5.0,
        gt=0,
        le=60,
        description="How long it is left alone at first; the wait doubles with each try in vain, up to a minute.",
    )
    paused_at_most_seconds: float = Field(
        7_200.0,
        ge=0,
        description="A sync that had to wait for such a part may take so long in all: outages of a region last an hour or two.",
    )
    freshness_seconds: float = Field(
        60.0,
        ge=0,
        description="For so long after a character was answered, a sync asks nothing about it: who presses Sync twice "
        "means it once. Longer would hide what a player has just logged out with; asking again is one request and no "
        "page of JSON. A refresh of one character always asks. 0 always asks.",
    )
    recheck_days: float = Field(
        20.0,
        gt=0,
        le=30,
        description="Gear and talents change when a character logs out, so while its last login is the same they are "
        "not asked for; after so long they are, in time for Blizzard's 30 days.",
    )
    picture_recheck_days: float = Field(
        7.0, gt=0, description="The same for pictures, which Battle.net draws anew at times of its own."
    )
    characters_at_once: int = Field(
        32,
        ge=1,
        le=500,
        description="Characters of one sync in work at the same time: enough to keep 100 requests per second going "
        "at 300 ms an answer.",
    )
    sessions_at_once: int = Field(
        50, ge=1, le=1000, description="Sync sessions one process runs at the same time; the others wait in the queue."
    )

    sockets_per_user: int = Field(
        20,
        ge=1,
        description="Sockets one user may hold open at one process, and as many streams of Server-Sent Events: more "
        "than anybody has tabs of one site.",
    )
    sessions_per_socket: int = Field(50, ge=1, description="Sync sessions one socket may watch at the same time.")
    joins_per_minute: int = Field(
        120, ge=1, description="Joins one socket may ask for in a minute; each may cost a read of the database."
    )
    strangers_per_address: int = Field(
        50,
        ge=1,
        description="Connections of one address that have not signed in yet. They are closed after 10 s; this many leave "
        "room for a guild behind one address that reconnects at once.",
    )
    slow_reader_seconds: float = Field(
        20.0, gt=0, description="A client that takes nothing of what it is sent for so long is disconnected."
    )

    lease_seconds: float = Field(30.0, gt=0, description="How long a run that stopped reporting keeps its session.")
    heartbeat_seconds: float = Field(10.0, gt=0, description="How often a run reports; a third of the lease.")
    reconcile_seconds: float = Field(5.0, gt=0, description="How often a worker looks for sessions nobody runs.")
    deadline_base_seconds: float = Field(600.0, gt=0, description="A session may take this long ...")
    deadline_per_character_seconds: float = Field(1.0, ge=0, description="... and this much more per character.")

    requests_per_user: int = Field(
        600,
        ge=0,
        description="API requests one user may make in a minute, at one process; 0 is no limit. A page makes some 20.",
    )
    requests_per_address: int = Field(
        1_200,
        ge=0,
        description="Requests to the API and the sign-in from one address in a minute, at one process; 0 is no limit. "
        "Leaves room for a guild behind one address; of IPv6, 64 bits are one address.",
    )
    sign_ins_per_address: int = Field(
        60, ge=0, description="Of these, to the sign-in, which needs no account; one sign-in is two. 0 is no limit."
    )
    trusted_proxies: CommaSeparated = Field(
        (),
        description="Addresses or networks of your own proxies, comma separated: their `X-Forwarded-For` is believed. "
        "Without it everybody behind a proxy is one address, and shares its limits.",
    )

    verification_days: float = Field(
        30.0,
        gt=0,
        le=30,
        description="A character that Battle.net has not shown for so long is deleted. Blizzard's terms.",
    )
    verification_margin_days: float = Field(
        10.0, gt=0, description="So long before, we begin to ask: it bridges an outage of Battle.net's or of ours."
    )
    verification_grace_days: float = Field(
        3.0,
        ge=0,
        description="A character that is said to be gone is asked about again after this: mistakes last hours.",
    )
    tombstone_days: float = Field(
        30.0, ge=0, description="The name of a character that is gone stays in its player's list for so long."
    )
    verification_seconds: float = Field(60.0, gt=0, description="How often a worker looks for characters to ask about.")
    verification_per_round: int = Field(
        100,
        ge=1,
        le=5_000,
        description="Characters asked about in one such round: 6,000 an hour keep nearly three million and need a "
        "sixth of Battle.net's limit.",
    )

    schedules_seconds: float = Field(
        10.0, gt=0, description="How often a worker looks for syncs that are due: short beside the ten minutes of late."
    )
    schedules_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Part of the requests per hour that scheduled syncs may use, of all users; the rest is the players' "
        "own. Half of Battle.net's limit syncs some 110 accounts of 40 characters an hour.",
    )
    schedules_at_once: int = Field(
        10,
        ge=1,
        le=1000,
        description="Scheduled syncs unfinished at a time, in all processes: far fewer than one process runs, so that "
        "players' own syncs always find a place.",
    )
    schedules_inactive_days: float = Field(
        90.0,
        gt=0,
        description="Who has not been here for so long is not synced by schedule until the next visit: most never come back.",
    )
    identity_seconds: float = Field(
        300.0,
        gt=0,
        description="How often a worker learns the achievements of characters that are new, by which they are known "
        "again after a transfer: one request for each in its life, behind everything else.",
    )
    identity_per_round: int = Field(
        100,
        ge=1,
        le=5_000,
        description="Characters asked about in one such round: 1,200 an hour, a thirtieth of the limit.",
    )
    identity_again_days: float = Field(
        7.0, gt=0, description="A character whose achievements were not given is asked about again after this."
    )

    history_days: float = Field(
        365.0,
        ge=0,
        le=36_500,
        description="How a character was is deleted so long after it changed: a year shows a whole season of the game and "
        "the one before. 0 keeps only how it is now. What is gone from Battle.net takes its history along at once.",
    )

    sign_in_idle_days: float = Field(14.0, gt=0, description="A browser's sign-in ends after this long unused.")
    sign_in_absolute_days: float = Field(90.0, gt=0, description="A browser's sign-in ends after this long anyway.")

    changes_days: float = Field(
        30.0, gt=0, description="Changes are kept for so long; who follows them asks more often, or reads anew."
    )
    webhook_give_up_hours: float = Field(
        72.0,
        gt=0,
        description="What a webhook does not take is told again for so long, at least hourly: a weekend. Then a webhook "
        "that took nothing is paused, and a single message that it alone refuses is given up.",
    )
    webhooks_to_private_addresses: bool = Field(
        default=False,
        description="Webhooks may also go to http:// and to addresses of your own network. Off: whoever has an account "
        "here could otherwise reach what only this machine can.",
    )

    metrics_host: str = Field("127.0.0.1", description="Address on which a worker shows its metrics and health.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port on which a worker serves `/metrics`, `/healthz` and `/readyz`; 0 takes any free one. "
        "Default: none. `serve` has them on its own port.",
    )
    opentelemetry: bool = Field(
        default=False,
        description="Send traces with OpenTelemetry; needs `character-sync[opentelemetry]`. Where to is said by "
        "OpenTelemetry's own variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.",
    )

    log_level: str = Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    log_format: str = Field("text", description="`text` for people, `json` for machines.", pattern="^(text|json)$")

    @field_validator("allowed_origins", "avatar_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("avatar_origins")
    @classmethod
    def _only_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        Pictures(origins)  # or what is no origin would get into the page's Content-Security-Policy
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            ip_network(text)
        return texts

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'character-sync.db'}"

    @property
    def is_embedded(self) -> bool:
        """Whether this process is the whole service, so that nobody else can hold a lease."""
        return self.queue_url.startswith("memory://") and self.database.startswith("sqlite")

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/auth/battle-net/callback"


def load_settings(**overrides: object) -> Settings:
    """Return the settings of this process.

    Raises:
        NotReady: a value is not usable; the message names the variable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type] # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        variable = PREFIX + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise NotReady(f"{variable} is not usable: {first['msg'].removeprefix('Value error, ')}.") from None
