"""What can be refused before a process loads all that it works with: whoever set it wrong learns so at once."""

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings, load_settings


def settings_for(*, not_on_memory: str = "") -> Settings:
    """The settings, for a process that needs the operations they name; on memory it may have a reason not to start."""
    settings = load_settings()
    if not_on_memory and settings.profile is Profile.MEMORY:
        raise ConfigurationError(f"JOBPROC_PROFILE=memory {not_on_memory}")
    load_operations(settings.operation_modules, PydanticTypes())
    return settings
