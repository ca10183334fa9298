"""The page: a presenter for people beside `/v1`, over the same use-cases."""

from fastapi import APIRouter, Depends

from jobproc.adapters.http.ui import assets, bulk, counts, job, jobs, live, new, overview, sign_in
from jobproc.adapters.http.ui.origins import refuse_other_origins

router = APIRouter(include_in_schema=False, dependencies=[Depends(refuse_other_origins)])
# Those with fixed paths come before the one whose path holds an id.
for part in (sign_in, jobs, counts, overview, live, bulk, new, job):
    router.include_router(part.router)
router.mount("/ui/assets", assets.files)
