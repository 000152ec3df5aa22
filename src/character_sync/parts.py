"""The adapters, open and ready: what every use case is made from."""

from dataclasses import dataclass

from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.unit_of_work import DatabaseWork
from character_sync.adapters.job_queue import DocketJobQueue
from character_sync.domain.game import GameVersions
from character_sync.domain.verification import VerificationPolicy
from character_sync.entrypoints.metrics import Metrics
from character_sync.ports import (
    BattleNet,
    BattleNetSignIn,
    CircuitBreaker,
    Clock,
    ProgressChannel,
    RequestBudget,
    SignInChannel,
    WebhookSender,
)
from character_sync.settings import Settings
from character_sync.tracing import Untraced


@dataclass(frozen=True, slots=True)
class Parts:
    """The adapters, open and ready. Tests make the use cases from the same parts."""

    settings: Settings
    clock: Clock
    database: Database
    work: DatabaseWork
    queue: DocketJobQueue
    channel: ProgressChannel
    sign_ins: SignInChannel
    battle_net: BattleNet
    battle_net_sign_in: BattleNetSignIn
    budget: RequestBudget
    circuits: CircuitBreaker
    webhook_sender: WebhookSender
    versions: GameVersions
    metrics: Metrics
    tracing: Untraced
    verification: VerificationPolicy
