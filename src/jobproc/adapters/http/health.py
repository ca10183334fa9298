"""Whether the process is alive."""

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/livez", summary="Whether this process answers")
async def livez() -> dict[str, str]:
    """Alive; it asks nothing of Postgres or Redis."""
    return {"status": "ok"}
