"""Who is calling: the tokens, and what happens when one has ended."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from jobproc.client.core.calls import Answer, Call, json_of
from jobproc.client.core.patience import Trouble, ask_patiently, unavailable
from jobproc.client.core.wire import NoAnswer, ServerSentEvent, Wire
from jobproc.client.errors import NotAuthenticated, TooMany, Unavailable

# How long another process that renewed the tokens may take to store them.
_LOOKS, _LOOK_SECONDS = 30, 0.1


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens the doors; an API key is an access token that is never renewed."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)


class Edge(Enum):
    """Where a stream begins, and where it ends in good order."""

    BEGIN = "begin"
    END = "end"


class TokenStore(Protocol):
    """Where tokens are kept; several clients may share one."""

    def load(self) -> Tokens | None:
        """The newest ones, None when nobody is logged in."""
        ...

    def save(self, tokens: Tokens | None) -> None:
        """Keep them; None forgets."""
        ...


@dataclass(slots=True)
class HeldTokens:
    """Tokens of this client alone."""

    tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        """As they are."""
        return self.tokens

    def save(self, tokens: Tokens | None) -> None:
        """Until the client ends."""
        self.tokens = tokens


@dataclass(frozen=True, slots=True)
class Session:
    """Asks as one user; `patience` is how many seconds passing trouble is hidden for."""

    wire: Wire
    store: TokenStore
    patience: float = 60.0

    async def ask(self, call: Call, *, patience: float | None = None) -> Answer:
        """The answer; a refusal is raised."""
        return (await self.send(call, patience=patience)).checked()

    async def send(self, call: Call, *, patience: float | None = None) -> Answer:
        """The answer, whatever it says. An access token that has ended is renewed once."""
        seconds = self.patience if patience is None else min(patience, self.patience)
        tokens = self.store.load()
        answer = await ask_patiently(self.wire, _signed(call, tokens), seconds)
        if answer.status == 401 and tokens and await self._renew(tokens):
            answer = await ask_patiently(self.wire, _signed(call, self.store.load()), seconds)
        return answer

    async def listen(self, path: str) -> AsyncGenerator[ServerSentEvent | Edge]:
        """The events of a stream, across broken connections and ended tokens.

        Whoever does not stop at its end gets a new one that goes on after the last event.
        """
        trouble, last, tokens = Trouble(self.wire, self.patience), "", self.store.load()
        while True:
            resumed = {"Last-Event-ID": last} if last else {}
            call = Call("GET", path, headers={"Accept": "text/event-stream", **resumed})
            try:
                async with aclosing(self.wire.listen(_signed(call, tokens))) as events:
                    async for event in events:
                        trouble.over()
                        last = event.id or last if event else last
                        yield event or Edge.BEGIN
                yield Edge.END
                await trouble.pause(Unavailable(f"{self.wire.url} ends every stream.", code="no-answer"))
            except NotAuthenticated as error:
                if tokens and tokens.refresh:
                    # Before the renewal: many streams need not renew at once, and a new token may end soon.
                    await trouble.pause(error)
                if not tokens or not await self._renew(tokens):
                    raise
                tokens = self.store.load()
            except NoAnswer as error:
                await trouble.pause(unavailable(self.wire, error))
            except (Unavailable, TooMany) as error:
                await trouble.pause(error)

    async def _renew(self, ended: Tokens) -> bool:
        """Whether there are newer tokens: somebody else has renewed them, or they are renewed now."""
        async with self.wire.alone():
            held = self.store.load()
            if held != ended:
                return held is not None
            if held.refresh is None:
                return False
            call = Call("POST", "/v1/auth/refresh", body=json_of({"refresh_token": held.refresh}))
            answer = await ask_patiently(self.wire, call, self.patience)
            if answer.status == 401:
                return await self._is_renewed_elsewhere(held)
            self.store.save(tokens_of(answer.checked()))
            return True

    async def _is_renewed_elsewhere(self, ended: Tokens) -> bool:
        for _ in range(_LOOKS):
            if self.store.load() != ended:
                return self.store.load() is not None
            await self.wire.sleep(_LOOK_SECONDS)
        return False


def tokens_of(answer: Answer) -> Tokens:
    """What a login, a registration or a renewal gives."""
    return answer.read(lambda given: Tokens(given["access_token"], given.get("refresh_token")))


def _signed(call: Call, tokens: Tokens | None) -> Call:
    if tokens is None:
        return call
    return replace(call, headers={**call.headers, "Authorization": f"Bearer {tokens.access}"})
