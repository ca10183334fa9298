"""API keys: what scripts send in the place of an access token."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from jobproc.adapters.http.authentication import Holder, TheApplication
from jobproc.adapters.http.bodies import reading
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import EXAMPLE_ID, body_of
from jobproc.adapters.http.v1.auth import BODY_PROBLEMS
from jobproc.adapters.http.v1.presenting import show_time
from jobproc.adapters.http.v1.schemas import (
    UUID_PATTERN,
    ApiKeyList,
    MadeApiKey,
    NewApiKey,
    ShownApiKey,
)
from jobproc.domain.api_keys import ApiKey
from jobproc.domain.scopes import Scope

ALWAYS = ("not-authenticated", "insufficient-scope", "too-many-requests", "unavailable")

router = EitherSlashRouter(prefix="/api-keys", tags=["accounts"])


@router.post(
    "",
    status_code=201,
    summary="Make an API key",
    responses=problems(*ALWAYS, *BODY_PROBLEMS, "too-many-keys"),
    openapi_extra=body_of(NewApiKey),
)
async def make_api_key(
    application: TheApplication, caller: Holder, wanted: Annotated[NewApiKey, Depends(reading(NewApiKey))]
) -> MadeApiKey:
    """The only time that the key itself is shown."""
    made = await application.make_api_key(
        caller.user_id, wanted.name, list(map(Scope, wanted.scopes)), wanted.expires_at
    )
    return MadeApiKey(**dict(show_api_key(made.key)), key=made.text)


@router.get("", summary="Your API keys, newest first", responses=problems(*ALWAYS))
async def list_api_keys(application: TheApplication, caller: Holder) -> ApiKeyList:
    """Those that are over, too, until they are deleted."""
    keys = await application.list_api_keys(caller.user_id)
    return ApiKeyList(items=list(map(show_api_key, keys)))


@router.delete(
    "/{key_id}",
    status_code=204,
    response_class=Response,
    summary="Delete an API key",
    responses=problems(*ALWAYS, "not-found", "invalid-input"),
)
async def delete_api_key(
    application: TheApplication,
    caller: Holder,
    key_id: Annotated[str, Path(pattern=UUID_PATTERN, examples=[EXAMPLE_ID])],
) -> None:
    """It is refused within 5 seconds."""
    await application.delete_api_key(caller.user_id, UUID(key_id))


def show_api_key(key: ApiKey) -> ShownApiKey:
    """What is known of a key later."""
    return ShownApiKey(
        id=str(key.id),
        name=key.name,
        scopes=[scope.value for scope in sorted(key.scopes)],
        created_at=show_time(key.created_at),
        expires_at=show_time(key.expires_at) if key.expires_at else None,
    )
