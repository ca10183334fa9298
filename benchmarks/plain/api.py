"""Its API: check the token, insert the row, send the message."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from benchmarks.plain.tasks import DATABASE, run

SECRET = os.environ.get("PLAIN_SECRET", "")
TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id uuid PRIMARY KEY, owner text NOT NULL, operation text NOT NULL, data text NOT NULL, status text NOT NULL,
    result text, created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz
)
"""
ADD = "INSERT INTO jobs (id, owner, operation, data, status) VALUES ($1, $2, $3, $4, 'PENDING')"
GET = "SELECT status, result FROM jobs WHERE id = $1 AND owner = $2"


class NewJob(BaseModel):
    """What is asked for."""

    operation: Literal["square_sum", "cube_sum"]
    data: list[int]


class Accepted(BaseModel):
    """What was stored."""

    job_id: UUID
    status: str


class Result(BaseModel):
    """What came of it."""

    status: str
    result: int | None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """A pool as large as the other service's."""
    async with asyncpg.create_pool(DATABASE, min_size=10, max_size=10) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


async def caller(authorization: Annotated[str, Header()]) -> str:
    """Whose token it is."""
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return str(claims["sub"])


Caller = Annotated[str, Depends(caller)]


@app.get("/livez")
async def live() -> None:
    """It serves."""


@app.post("/jobs")
async def submit(job: NewJob, owner: Caller) -> Accepted:
    """The row first, then the message: what fails in between is never run."""
    id = uuid4()
    await app.state.pool.execute(ADD, id, owner, job.operation, json.dumps(job.data))
    run.delay(str(id))
    return Accepted(job_id=id, status="PENDING")


@app.get("/jobs/{id}/result")
async def result(id: UUID, owner: Caller) -> Result:
    """Null until it is there."""
    row = await app.state.pool.fetchrow(GET, id, owner)
    if row is None:
        raise HTTPException(404)
    return Result(status=row["status"], result=row["result"] and int(row["result"]))
