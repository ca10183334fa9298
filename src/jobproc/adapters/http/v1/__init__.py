"""The API: everything that a user can ask, with problem documents for whatever is refused."""

from fastapi import APIRouter

from jobproc.adapters.http.v1 import auth, following, jobs, listing

router = APIRouter(prefix="/v1")
for part in (auth, listing, jobs, following):
    router.include_router(part.router)
