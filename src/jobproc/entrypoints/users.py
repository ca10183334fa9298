"""`jobproc users`: what operators do about users, on the machine of the service."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from jobproc.adapters.embedded.datafolder import SETTINGS_FILE
from jobproc.domain.errors import ConfigurationError
from jobproc.domain.users import User
from jobproc.entrypoints.container import open_application
from jobproc.entrypoints.schema import require_schema
from jobproc.entrypoints.settings import Profile, Settings, load_settings

TIME = "%Y-%m-%dT%H:%M:%SZ"


def print_users(data: Path, *, as_json: bool) -> None:
    """A line for each user: the name, since when, and whether disabled."""
    asyncio.run(_list(_settings(data), _json if as_json else _line))


def disable(name: str, data: Path, *, as_json: bool) -> None:
    """Keep the user out."""
    user = asyncio.run(_disable(_settings(data), name))
    print(_json(user) if as_json else f"{user.username} is disabled, and out within 5 s.")


def enable(name: str, data: Path, *, as_json: bool) -> None:
    """Let the user in again."""
    user = asyncio.run(_enable(_settings(data), name))
    print(_json(user) if as_json else f"{user.username} is enabled.")


def _settings(data: Path) -> Settings:
    settings = load_settings(data / SETTINGS_FILE)
    if settings.profile is Profile.MEMORY:
        raise ConfigurationError(
            "JOBPROC_PROFILE=memory keeps its users inside `jobproc api`: no other process can reach them."
        )
    require_schema(settings)
    return settings


async def _list(settings: Settings, shown: Callable[[User], str]) -> None:
    async with open_application(settings) as application:
        async for user in application.list_users():
            print(shown(user))


async def _disable(settings: Settings, name: str) -> User:
    async with open_application(settings) as application:
        return await application.disable_user(name)


async def _enable(settings: Settings, name: str) -> User:
    async with open_application(settings) as application:
        return await application.enable_user(name)


def _json(user: User) -> str:
    disabled = user.disabled_at and f"{user.disabled_at:{TIME}}"
    members = {"username": str(user.username), "created_at": f"{user.created_at:{TIME}}"}
    return json.dumps(members | {"disabled_at": disabled})


def _line(user: User) -> str:
    state = f"disabled {user.disabled_at:%Y-%m-%d %H:%M:%SZ}" if user.disabled_at else "enabled"
    return f"{user.username}  {user.created_at:%Y-%m-%d %H:%M:%SZ}  {state}"
