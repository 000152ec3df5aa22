"""What is asked of Battle.net about a character now: what may have changed, what failed, what is due. Pure.

Battle.net writes a character's gear and talents anew when the character logs out and at no other time (Blizzard, "API
Changes - WoW Shadowlands Pre-Patch"). So the profile, which shows the last login, tells whether the rest can have changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from character_sync.domain.enrichment import FacetState
from character_sync.domain.game import Facet

ANSWERED = frozenset({FacetState.CURRENT, FacetState.ABSENT})

TOLD_BY_THE_LOGIN = frozenset({Facet.EQUIPMENT, Facet.SPECIALIZATIONS, Facet.PROTECTED})
"""Facets that are what they were as long as the profile shows the same login. A picture is drawn some time later."""


@dataclass(frozen=True, slots=True)
class HeldFacet:
    """What is on record of a facet: enough to decide whether it is asked for, and since when.

    Attributes:
        modified_at: When Battle.net says that it last changed.
        login_at: The character's last login, as the profile showed it when this facet was answered.
        next_due_at: From when on it is asked for whatever the profile says; None is at once.
        is_read_as_today: The readers of this release read it; those of another may have kept less of it.
    """

    state: FacetState
    fetched_at: datetime | None = None
    modified_at: datetime | None = None
    login_at: datetime | None = None
    next_due_at: datetime | None = None
    content_hash: str | None = None
    is_read_as_today: bool = True

    @property
    def since(self) -> datetime | None:
        """The time to ask for changes after; None asks for everything: an unchanged nothing would stay nothing."""
        return self.modified_at if self.content_hash is not None and self.is_read_as_today else None

    def is_settled(self, now: datetime) -> bool:
        """Whether it was answered, is read as today, and is not due."""
        is_due = self.next_due_at is None or self.next_due_at <= now
        return self.state in ANSWERED and self.is_read_as_today and not is_due

    def seen_at(self, profile: "HeldFacet | None", facet: Facet) -> datetime | None:
        """Return when it was last known to be so: answered, or told by a profile that showed the same login."""
        if facet not in TOLD_BY_THE_LOGIN or profile is None or self.fetched_at is None or profile.fetched_at is None:
            return self.fetched_at
        is_same_login = self.login_at is not None and self.login_at == profile.login_at
        return max(self.fetched_at, profile.fetched_at) if is_same_login else self.fetched_at


@dataclass(frozen=True, slots=True)
class FreshnessPolicy:
    """The periods.

    Attributes:
        window: For so long after a profile was answered, nothing is asked about its character.
        picture: How long a picture is believed to be the newest.
        longest: How long the profile is believed that nothing else has changed.
        absence: How long a facet that Battle.net does not have is believed to be missing: its 404 are often mistakes.
        play: Nobody plays for so long without logging out.
    """

    window: timedelta = timedelta(seconds=60)
    picture: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(days=20)
    absence: timedelta = timedelta(days=1)
    play: timedelta = timedelta(days=1)

    def is_fresh(self, held: Mapping[Facet, HeldFacet], facets: Iterable[Facet], now: datetime) -> bool:
        """Whether nothing at all need be asked: the profile is inside the window, and nothing else waits to be asked."""
        profile = held.get(Facet.PROFILE)
        if profile is None or not profile.is_settled(now):
            return False
        return not self.wanted(held, facets, profile.login_at, now)

    def wanted(
        self, held: Mapping[Facet, HeldFacet], facets: Iterable[Facet], login_at: datetime | None, now: datetime
    ) -> tuple[Facet, ...]:
        """Return the facets to ask for after a profile that shows this login, in the order given.

        Left out is only what was answered for the same login: what failed, was never reached or is due is asked for,
        however unchanged the profile is.
        """

        def is_known(facet: Facet) -> bool:
            known = held.get(facet)
            return known is not None and login_at is not None and known.login_at == login_at and known.is_settled(now)

        return tuple(facet for facet in facets if facet is not Facet.PROFILE and not is_known(facet))

    def surely_of(self, login_at: datetime | None, asked_at: datetime, *, shown_before: datetime | None) -> bool:
        """Whether what was asked for at the same time as a profile is of the login which that shows, and not of the one before.

        Somebody who logs out in that moment has the profile show a new login, and gear answered a moment earlier be that
        of the old one. Not so where the same login was shown before, nor where it is so long ago that nobody can have
        been playing: Battle.net's time of it may be that of the login or that of the logout.
        """
        return login_at is not None and (login_at == shown_before or login_at <= asked_at - self.play)

    def due_at(
        self,
        facet: Facet,
        state: FacetState,
        answered_at: datetime,
        *,
        modified_at: datetime | None,
        login_at: datetime | None,
    ) -> datetime:
        """Return from when on a facet is asked for again whatever the profile says. A failed one is due at once.

        A picture that is older than the last login is probably being drawn: it is asked for again the next day.
        """
        if state not in ANSWERED:
            return answered_at
        if facet is Facet.PROFILE:
            return answered_at + self.window
        if state is FacetState.ABSENT:
            return answered_at + self.absence
        if facet is not Facet.MEDIA:
            return answered_at + self.longest
        is_old = modified_at is not None and login_at is not None and modified_at < login_at
        return answered_at + (min(self.absence, self.picture) if is_old else self.picture)
