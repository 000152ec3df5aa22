"""What each reason means for the player, and what to do about it."""

from typing import Final

from character_sync.domain.sync_session import Reason

REASON_WORDS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.NOT_FOUND: (
        "Battle.net lists this character but shows no page of it. That is usual after a rename, a transfer or a long rest.",
        "Log in with the character, log out again, and sync.",
    ),
    Reason.HIDDEN: (
        "Battle.net refuses to show this, for this character or for everyone.",
        "Sync again another day. An operator who sees it on every character looks for an outage of Battle.net's.",
    ),
    Reason.NOT_OFFERED: (
        "This game version has nothing of the kind.",
        "Nothing. The operator: the table of game versions says what is fetched.",
    ),
    Reason.BELOW_LEVEL_10: (
        "Battle.net shows details from level 10 on.",
        "Nothing: they come with the first sync after level 10.",
    ),
    Reason.NOT_MODIFIED: (
        "Nothing has changed since the last sync.",
        "Nothing. Battle.net tells of a change after the character has logged out of the game.",
    ),
    Reason.UPSTREAM_UNAVAILABLE: (
        "Battle.net did not answer for this character, not even when asked again.",
        "Sync again later. What earlier syncs brought is kept. The operator: refused client credentials show as this too.",
    ),
    Reason.RATE_LIMITED: (
        "Battle.net asked us to wait for too long.",
        "Sync again later. The operator: the wait would have outlived the sync; look at what uses up the request budget.",
    ),
    Reason.ANSWER_UNREADABLE: (
        "Battle.net answered with something we cannot read.",
        "The player: nothing. The operator: the log says which facet; report it, for Battle.net has changed its JSON.",
    ),
    Reason.TOKEN_UNDECRYPTABLE: (
        "Your Battle.net sign-in can no longer be read.",
        "Sign in again. The operator: a key is missing from the encryption keys. Protected facet only.",
    ),
    Reason.TOKEN_EXPIRED: (
        "Your Battle.net sign-in has ended.",
        "Sign in again. Protected facet only: the others do not need it.",
    ),
    Reason.CRASHED: (
        "Something went wrong on our side with this character.",
        "Sync again. The operator: the log holds the cause.",
    ),
    Reason.DEADLINE: (
        "The sync took too long and was stopped before this character's turn was over.",
        "Sync again. The operator: Battle.net was slow, or the limits of pace are too low for so many characters.",
    ),
    Reason.CANCELLED: ("The sync was cancelled before this character's turn was over.", "Sync again."),
}
