"""What the use cases ask of the outside world."""

from character_sync.ports.basics import Clock, Secret, UserId
from character_sync.ports.battle_net import (
    BattleNet,
    BattleNetSignIn,
    BattleNetUser,
    CharacterAddress,
    FacetAnswer,
    Grant,
    Lane,
    RequestBudget,
    Turn,
)
from character_sync.ports.characters import (
    CharacterPage,
    CharacterReference,
    CharacterRow,
    Characters,
    FacetFreshness,
    FacetRow,
)
from character_sync.ports.observing import UNOBSERVED, SyncObserver
from character_sync.ports.players import AccessToken, BattleNetLink, SignedIn, SignInAttempt, SignIns, User, Users
from character_sync.ports.sync_sessions import (
    ClaimedSession,
    EnrichmentJob,
    JobRow,
    LeaseLost,
    SessionPage,
    SessionSnapshot,
    SettledJob,
    SyncSessions,
)
from character_sync.ports.work import JobQueue, ProgressChannel, UnitOfWork, Work

__all__ = [
    "UNOBSERVED",
    "AccessToken",
    "BattleNet",
    "BattleNetLink",
    "BattleNetSignIn",
    "BattleNetUser",
    "CharacterAddress",
    "CharacterPage",
    "CharacterReference",
    "CharacterRow",
    "Characters",
    "ClaimedSession",
    "Clock",
    "EnrichmentJob",
    "FacetAnswer",
    "FacetFreshness",
    "FacetRow",
    "Grant",
    "JobQueue",
    "JobRow",
    "Lane",
    "LeaseLost",
    "ProgressChannel",
    "RequestBudget",
    "Secret",
    "SessionPage",
    "SessionSnapshot",
    "SettledJob",
    "SignInAttempt",
    "SignIns",
    "SignedIn",
    "SyncObserver",
    "SyncSessions",
    "Turn",
    "UnitOfWork",
    "User",
    "UserId",
    "Users",
    "Work",
]
