"""The files that pages load: ours and the vendored ones, each under an address that changes with its content."""

from functools import cache
from hashlib import blake2s
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "assets"
A_YEAR = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Kept for ever by who asked for a version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = A_YEAR
        return response


files = Assets(directory=FOLDER)


@cache
def asset(name: str) -> str:
    """The address of a file."""
    digest = blake2s((FOLDER / name).read_bytes(), digest_size=6).hexdigest()
    return f"/ui/assets/{name}?v={digest}"
