"""A worker with a busy child, for a test that kills it."""

import asyncio

from tests.integration.contracts.sandboxes import claimed, sandbox, trip


async def main() -> None:
    """Print the child's process id, then keep it busy."""
    async with sandbox() as runner:
        job = claimed("pid")
        print((await trip(runner, job)).of(job), flush=True)
        await trip(runner, claimed("spin", timeout=60))


if __name__ == "__main__":
    asyncio.run(main())
