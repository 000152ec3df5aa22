"""The tables. Names are the field's own terms, spelt as in the code."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)

from character_sync.adapters.database.moments import Moment
from character_sync.domain.sync_session import JobStatus, SessionKind, SessionStatus

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# SQLite counts rows itself only in a column declared INTEGER.
JobNumber = BigInteger().with_variant(Integer, "sqlite")

_ACTIVE = "status IN ('pending', 'processing')"
_LISTS_THE_ACCOUNT = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in SessionKind if kind.lists_the_account))
IS_ACTIVE_LISTING = text(f"{_ACTIVE} AND {_LISTS_THE_ACCOUNT}")
"""Of which sync sessions there is one at a time for a user and game version."""


def is_active(status: Column[Any]) -> ColumnElement[bool]:
    """Whether a sync session is unfinished or a job unsettled, spelt out: given as values, SQLite could not know that
    its indexes of just those hold what is asked for, and would read everything that ever was.
    """
    return status.in_([literal_column(f"'{one}'") for one in (SessionStatus.PENDING, SessionStatus.PROCESSING)])


def among(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column is one of the values. Some are told twice, up to a power of two.

    Every number of values is another statement, which a database reads and plans anew; so there are ten and not a thousand.
    """
    told = list(values)
    if told:
        told += told[-1:] * ((1 << (len(told) - 1).bit_length()) - len(told))
    return column.in_(told)


def _one_of(column: str, values: type[JobStatus] | type[SessionStatus] | type[SessionKind]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(v.value) for v in values)})", name=f"{column}_known")


def _owner(**kwargs: Any) -> Column[Any]:
    return Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, **kwargs)


def _snapshot() -> ForeignKeyConstraint:
    key = ("character_id", "facet", "content_hash")
    return ForeignKeyConstraint(key, [f"character_snapshots.{column}" for column in key], ondelete="CASCADE")


users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("battle_net_sub", String(64), nullable=False, unique=True),
    Column("battletag", String(256)),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Of whoever signs in at a site that embeds us: their id there, how often it signed them out, their last visit.
    Column("site_user_id", String(255)),
    Column("site_sign_outs", Integer),
    Column("site_seen_at", Moment),
    Index("uq_users_site_user_id", "site_user_id", unique=True),
)

battle_net_tokens = Table(
    "battle_net_tokens",
    metadata,
    _owner(primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("scopes", String(256), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("refused_at", Moment),
    Column("created_at", Moment, nullable=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("return_to", String(2048), nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

browser_sign_ins = Table(
    "browser_sign_ins",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    _owner(index=True),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(index=True),
    Column("name", String(100), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
)

characters = Table(
    "characters",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("region", String(8), nullable=False),
    Column("namespace_family", String(32), nullable=False),
    Column("game_version", String(64), nullable=False),
    Column("realm_id", BigInteger, nullable=False),
    Column("realm_slug", String(256), nullable=False),
    Column("realm_name", String(256)),
    Column("battle_net_id", BigInteger, nullable=False),
    Column("wow_account_id", BigInteger),
    Column("name", String(256), nullable=False),
    Column("level", Integer, nullable=False),
    Column("class_id", Integer),
    Column("class_name", String(256)),
    Column("race_id", Integer),
    Column("race_name", String(256)),
    Column("gender", String(32)),
    Column("faction", String(32)),
    Column("guild", String(256)),
    Column("item_level", Integer),
    Column("active_spec_id", Integer),
    Column("active_spec_name", String(256)),
    Column("title", String(256)),
    Column("avatar_url", String(2048)),
    Column("last_login_at", Moment),
    Column("is_active", Boolean, nullable=False),
    Column("archived_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # When Battle.net last showed it, by when it must again, when we ask; since when it is said to be gone, and deleted.
    Column("verified_at", Moment),
    Column("verify_by", Moment),
    Column("check_at", Moment),
    Column("missing_since", Moment),
    Column("gone_at", Moment),
    UniqueConstraint("user_id", "region", "namespace_family", "realm_id", "battle_net_id", name="uq_characters_key"),
    # The page's order: every page of a list is one range of this index.
    Index("ix_characters_list", "user_id", "level", "id"),
    Index("ix_characters_check", "check_at"),
)

character_facets = Table(
    "character_facets",
    metadata,
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True),
    Column("facet", String(32), primary_key=True),
    Column("state", String(32), nullable=False),
    Column("reason", String(64)),
    Column("attempted_at", Moment, nullable=False),
    Column("fetched_at", Moment),
    Column("changed_at", Moment),
    Column("upstream_modified_at", Moment),
    Column("next_due_at", Moment),
    # The character's last login as the profile showed it when this facet was answered: while the profile shows the
    # same one, it is not asked for again.
    Column("login_at", Moment),
    Column("content_hash", String(64)),
    Column("parser_version", Integer, nullable=False),
    _snapshot(),
)

# Once for each character, however often it is as it was before: so that everything goes with its character, by foreign key.
character_snapshots = Table(
    "character_snapshots",
    metadata,
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True),
    Column("facet", String(32), primary_key=True),
    Column("content_hash", String(64), primary_key=True),
    Column("content", JSON, nullable=False),
)

# What a facet was, and from when to when it was seen to be so. Without a hash: Battle.net had none of it.
character_facet_states = Table(
    "character_facet_states",
    metadata,
    Column("id", JobNumber, primary_key=True, autoincrement=True),
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), nullable=False),
    Column("facet", String(32), nullable=False),
    Column("content_hash", String(64)),
    Column("parser_version", Integer, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    # Of the newest state, which has not ended, at least this: its facet's row may know of a later time.
    Column("last_seen_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("upstream_modified_at", Moment),
    _snapshot(),
    Index("ix_character_facet_states_seen", "character_id", "facet", "first_seen_at", "id"),
    Index(
        "uq_character_facet_states_newest",
        "character_id",
        "facet",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    # What retention asks.
    Index("ix_character_facet_states_ended", "ended_at"),
)

character_sync_sessions = Table(
    "character_sync_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("kind", String(16), nullable=False),
    Column("game_version", String(64), nullable=False),
    Column("region", String(8), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("total_characters", Integer, nullable=False),
    Column("processed_characters", Integer, nullable=False),
    Column("failed_characters", Integer, nullable=False),
    Column("skipped_characters", Integer, nullable=False),
    Column("run_token", Integer, nullable=False),
    Column("lease_until", Moment),
    Column("deadline_at", Moment, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("error", Text),
    Column("error_code", String(64)),
    Column("paused", JSON(none_as_null=True)),
    _one_of("status", SessionStatus),
    _one_of("kind", SessionKind),
    CheckConstraint("processed_characters <= total_characters", name="counts_add_up"),
    # One active account sync per user and game version, whoever asks and in whatever process.
    Index(
        "uq_character_sync_sessions_active",
        "user_id",
        "game_version",
        unique=True,
        sqlite_where=IS_ACTIVE_LISTING,
        postgresql_where=IS_ACTIVE_LISTING,
    ),
    Index("ix_character_sync_sessions_history", "user_id", "started_at", "id"),
    # What the reconciler asks: small however many sessions have finished.
    Index(
        "ix_character_sync_sessions_unfinished",
        "lease_until",
        sqlite_where=text(_ACTIVE),
        postgresql_where=text(_ACTIVE),
    ),
)

character_jobs = Table(
    "character_jobs",
    metadata,
    Column("id", JobNumber, primary_key=True, autoincrement=True),
    Column("session_id", Uuid, ForeignKey("character_sync_sessions.id", ondelete="CASCADE"), nullable=False),
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("crash_claims", Integer, nullable=False),
    Column("reason", String(64)),
    Column("settled_at", Moment),
    _one_of("status", JobStatus),
    Index("ix_character_jobs_session", "session_id", "id"),
    # For whoever is erased: his jobs go with him.
    Index("ix_character_jobs_character", "character_id"),
    # "Does this character wait or run somewhere?"
    Index(
        "ix_character_jobs_unsettled",
        "character_id",
        sqlite_where=text(_ACTIVE),
        postgresql_where=text(_ACTIVE),
    ),
)

withheld_archives = Table(
    "withheld_archives",
    metadata,
    _owner(primary_key=True),
    Column("game_version", String(64), primary_key=True),
    Column("region", String(8), primary_key=True),
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True),
)

# The numbers of a user's changes are given out under this row's lock, so they become visible in their order.
change_counters = Table(
    "change_counters",
    metadata,
    _owner(primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("forgotten_to", BigInteger, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    _owner(primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("character_id", Uuid, ForeignKey("characters.id", ondelete="CASCADE"), index=True),
    Column("session_id", Uuid, ForeignKey("character_sync_sessions.id", ondelete="CASCADE"), index=True),
    Column("detail", JSON, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(index=True),
    Column("url", String(2048), nullable=False),
    Column("events", JSON, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("paused_at", Moment),
    Column("paused_reason", String(64)),
    # How it fares: failures in a row, since when, when it may be tried again, and until when somebody delivers to it.
    Column("failures", Integer, nullable=False),
    Column("failing_since", Moment),
    Column("next_attempt_at", Moment),
    Column("lease_until", Moment),
)

_WAITING = "status = 'waiting'"

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", JobNumber, primary_key=True, autoincrement=True),
    Column("webhook_id", Uuid, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("attempted_at", Moment),
    Column("delivered_at", Moment),
    Column("answer_status", Integer),
    Column("problem", String(64)),
    ForeignKeyConstraint(["user_id", "number"], ["changes.user_id", "changes.number"], ondelete="CASCADE"),
    UniqueConstraint("webhook_id", "number", name="uq_deliveries_once"),
    Index("ix_deliveries_change", "user_id", "number"),
    # What is to be delivered next: small however much has been.
    Index(
        "ix_deliveries_waiting",
        "webhook_id",
        "attempts",
        "id",
        sqlite_where=text(_WAITING),
        postgresql_where=text(_WAITING),
    ),
)
