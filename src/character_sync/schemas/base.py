"""What all public JSON shares: camelCase names, times in UTC, nothing unasked for on the way in."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from character_sync.domain import errors, game, sync_session


@lru_cache(maxsize=1024)  # of a page of fifty characters most are the same: a sync asks for much in the same moment
def _iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


T = TypeVar("T")

Maybe = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""A field that is left out when there is nothing to say."""

Moment = Annotated[datetime, PlainSerializer(_iso, return_type=str, when_used="json")]
"""ISO 8601 in UTC with milliseconds: `2026-11-23T20:19:44.000Z`."""

# Named and with their values for whoever generates types from the OpenAPI document; a plain text to us, so that a row
# that a newer release wrote can still be read.
Reason = TypeAliasType(
    "Reason",
    Annotated[
        str,
        Field(
            description="Why something is not simply fetched. More may be added.",
            json_schema_extra={"enum": list(sync_session.Reason)},
        ),
    ],
)

FacetName = TypeAliasType(
    "FacetName",
    Annotated[
        str,
        Field(
            description="One separately fetched part of a character. More may be added.",
            json_schema_extra={"enum": list(game.Facet)},
        ),
    ],
)

_REFUSED_FOR_ITS_FORM = (
    *("address_too_long", "headers_too_large", "method_not_allowed"),
    *("request_timeout", "too_large", "unsupported_media_type"),
)
"""What a request is refused with before anybody looks at what it asks for, beside the errors of the domain."""


def _error_codes() -> list[str]:
    kinds = (kind for kind in vars(errors).values() if isinstance(kind, type))
    codes = {kind.code for kind in kinds if issubclass(kind, errors.CharacterSyncError)}
    return sorted(codes.union(_REFUSED_FOR_ITS_FORM))


ErrorCode = TypeAliasType(
    "ErrorCode",
    Annotated[
        str,
        Field(
            description="What went wrong; stable, for programs to decide by. More may be added.",
            json_schema_extra={"enum": _error_codes()},
        ),
    ],
)


class Answer(BaseModel):
    """What we say."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Request(BaseModel):
    """What we are told; a field we do not know is an error."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, str_strip_whitespace=True)
