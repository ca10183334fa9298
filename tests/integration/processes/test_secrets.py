"""What is secret is seen by nobody: not in logs, answers, rows, Redis or the list of processes."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest
from redis import Redis

from tests.integration.processes.running import Visitor, descendants, free_port, production, started, wait_for

pytestmark = [pytest.mark.real, pytest.mark.slow]

PASSWORD = "canary-password-7f3a"
WRONG_PASSWORD = "canary-wrong-7f3a"
NEW_PASSWORD = "canary-new-7f3a"
KEY = "canary-key-7f3a-canary-key-7f3a-canary-key"
METRICS_TOKEN = "canary-metrics-7f3a"
OPERATIONS = '''
import os
from jobproc import operation

@operation
def fail(data: int) -> str:
    """Fail with all that it can see."""
    raise ValueError(str(dict(os.environ)))
'''


def test_no_secret_is_seen_anywhere(folder: Path, database_url: str, redis_url: str) -> None:
    (folder / "failing.py").write_text(OPERATIONS)
    secrets = {PASSWORD, WRONG_PASSWORD, NEW_PASSWORD, KEY, METRICS_TOKEN}
    secrets |= {*filter(None, map(password_of, (database_url, redis_url)))}
    variables = production(
        database_url,
        redis_url,
        OPERATIONS="failing",
        RATE_LIMIT_AUTH="1000/minute",
        METRICS_TOKEN=METRICS_TOKEN,
    ) | {"JWT_KEYS": f"kid:{KEY}"}
    port = str(free_port())
    with ExitStack() as stack:
        words = (["api", "--port", port], ["worker"], ["maintenance"])
        programs = [stack.enter_context(started(folder, *each, **variables)) for each in words]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            wait_for(lambda: is_up(client), 40)
            tokens, answers = use(client)
        lines = [
            Path(f"/proc/{pid}/cmdline").read_text()
            for program in programs
            for pid in (program.process.pid, *descendants(program.process.pid))
        ]
        for program in programs:
            program.end(seconds=20)
        logs = [program.text() for program in programs]
    assert len(secrets) == 7
    seen = {"answer": answers, "log": logs, "row": asyncio.run(rows(database_url)), "process": lines}
    seen["key"] = keys(redis_url)
    assert all(seen.values())
    for place, texts in seen.items():
        for text in texts:
            assert not [secret for secret in secrets | tokens if secret in text], (place, text[:500])


def use(client: httpx2.Client) -> tuple[set[str], list[str]]:
    """Everything that handles a secret, well and badly; the tokens, and all answers without them."""
    ada = {"username": "ada", "password": PASSWORD}
    welcomes = [
        client.post("/register", json=ada),
        client.post("/login", json=ada),
        client.post("/v1/auth/login", json=ada),
    ]
    tokens = {
        value
        for welcome in welcomes
        for name, value in welcome.json().items()
        if name in ("access_token", "refresh_token") and value
    }
    token = welcomes[0].json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    visitor = Visitor(client, bearer)
    job = visitor.submit("fail", 1)
    wait_for(lambda: visitor.status(job) == "FAILED")
    key = client.post("/v1/api-keys", json={"name": "a", "scopes": ["jobs:read"]}, headers=bearer)
    page = {"Origin": str(client.base_url).rstrip("/")}
    signed_in = client.post("/ui/sign-in", data=ada, headers=page)
    refreshed = client.post("/v1/auth/refresh", json={"refresh_token": welcomes[2].json()["refresh_token"]})
    assert [key.status_code, signed_in.status_code, refreshed.status_code] == [201, 303, 200]
    tokens |= {key.json()["key"], client.cookies["jobproc_session"], refreshed.json()["refresh_token"]}
    answers = [
        client.get("/v1/api-keys", headers=bearer),
        client.get("/v1/jobs", headers={"Authorization": f"Bearer {key.json()['key']}"}),
        client.post("/v1/jobs", headers={"Authorization": f"Bearer {key.json()['key']}"}),
        client.post("/v1/auth/refresh", json={"refresh_token": welcomes[2].json()["refresh_token"]}),
        client.post("/v1/auth/refresh", json={"refresh_token": key.json()["key"], "more": key.json()["key"]}),
        client.get(f"/v1/jobs?cursor={key.json()['key']}", headers=bearer),
        client.get("/ui/new"),
        client.post("/ui/sign-in", data=ada | {"password": WRONG_PASSWORD}, headers=page),
        client.post("/ui/sign-up", data=ada | {"username": "bob", "password": "canary"}, headers=page),
        client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}x"}),
        client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}),
        client.post(
            "/v1/me/password",
            json={"current_password": WRONG_PASSWORD, "new_password": NEW_PASSWORD},
            headers=bearer,
        ),
        client.post(
            "/v1/me/password",
            json={"current_password": PASSWORD, "new_password": NEW_PASSWORD},
            headers=bearer,
        ),
        client.post("/register", json=ada),
        client.post("/v1/auth/register", json=ada),
        client.post("/login", json=ada | {"password": WRONG_PASSWORD}),
        client.post("/v1/auth/login", json=ada | {"password": WRONG_PASSWORD}),
        client.post("/v1/auth/login", json={"username": PASSWORD + " ", "password": [PASSWORD]}),
        client.post("/login", content=f'{{"password":"{PASSWORD}"'),
        client.get(f"/v1/jobs/{job}", headers=bearer),
        client.get(f"/v1/jobs/{job}/result", headers=bearer),
        client.get("/v1/jobs", headers={"Authorization": f"Bearer {token}x"}),
        client.get(f"/v1/jobs/{token}", headers=bearer),
        client.get(f"/v1/jobs?limit={token}", headers=bearer),
        client.get("/v1/jobs", headers={"Authorization": f"Basic {token}"}),
        client.get(f"/{token}"),
    ]
    return tokens, [f"{answer.headers} {answer.text}" for answer in answers]


async def rows(url: str) -> list[str]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = [await connection.fetch(f'SELECT t::text FROM "{table["tablename"]}" t') for table in tables]
    finally:
        await connection.close()
    return [str(row[0]) for rows_ in found for row in rows_]


def keys(url: str) -> list[str]:
    """Every key in Redis, with its value where that is plain."""
    with Redis.from_url(url, decode_responses=True) as redis:
        return [f"{key} {redis.get(key) if redis.type(key) == 'string' else ''}" for key in redis.scan_iter()]


def password_of(url: str) -> str | None:
    return urlsplit(url).password


def is_up(client: httpx2.Client) -> bool:
    try:
        return client.get("/livez").status_code == 200
    except httpx2.TransportError:
        return False
