"""The API: everything that a user can ask, with problem documents for whatever is refused."""

from fastapi import APIRouter

from jobproc.adapters.http.v1 import (
    api_keys,
    auth,
    batches,
    following,
    jobs,
    listing,
    me,
    operations,
    stats,
)

router = APIRouter(prefix="/v1")
for part in (auth, me, api_keys, listing, jobs, batches, following, operations, stats):
    router.include_router(part.router)
