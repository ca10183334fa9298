"""A line of the log is one line, whoever wrote it and whatever it says."""

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobproc.adapters.logs.lines import EVENTS, set_up_lines
from jobproc.adapters.logs.sight import LogSight

TIME = len("2030-01-01T00:00:00.000000Z")
FORGED = "ok\r\n2030-01-01 [info] job.settled status=SUCCESS\x1b[2K\u2028\x85x"


@pytest.fixture(autouse=True)
def own_lines() -> Iterator[None]:
    """Leave the log of the test run as it was."""
    before = [(logger, list(logger.handlers), logger.level) for logger in (logging.getLogger(), EVENTS)]
    yield
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)


class Terminal(io.StringIO):
    """One that says that people look at it."""

    def isatty(self) -> bool:
        return True


def written(form: str, level: str = "info", **facts: object) -> str:
    """What an event with these facts makes."""
    file = io.StringIO()
    set_up_lines(form, level, file)
    LogSight().saw("job.settled", **facts)
    return file.getvalue()


def test_a_line_for_machines_has_the_event_its_time_its_level_and_its_facts() -> None:
    job = UUID(int=5)
    fields = json.loads(written("json", job=job, attempt=2, request=None))
    assert fields.pop("at").endswith("Z")
    assert fields == {"event": "job.settled", "level": "info", "job": str(job), "attempt": 2}


def test_a_line_for_people_can_be_searched_for_an_id_as_well() -> None:
    assert f"job={UUID(int=5)}" in written("console", job=UUID(int=5))


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_value_makes_a_line_of_its_own(form: str) -> None:
    line = written(form, path=FORGED, user="ada")
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert line.isprintable() or line[:-1].isprintable()


@pytest.mark.parametrize("form", ["json", "console"])
@given(value=st.text(max_size=50))
@settings(max_examples=50)
def test_no_value_whatever_makes_a_line_of_its_own(form: str, value: str) -> None:
    assert len(written(form, path=value).splitlines()) == 1


@pytest.mark.parametrize("form", ["json", "console"])
def test_lines_of_libraries_look_like_ours_and_cannot_be_forged_either(form: str) -> None:
    file = io.StringIO()
    set_up_lines(form, "info", file)
    logging.getLogger("some.library").warning("it said %s", FORGED)
    logging.getLogger("some.library").info("chatter")
    assert len(file.getvalue().splitlines()) == 1
    assert "some.library" in file.getvalue()
    if form == "json":
        assert json.loads(file.getvalue())["event"] == f"it said {FORGED}"


def test_a_traceback_of_a_library_is_one_line_for_machines() -> None:
    file = io.StringIO()
    set_up_lines("json", "info", file)
    try:
        raise ValueError(FORGED)
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    assert "Traceback" in json.loads(file.getvalue())["exception"]
    assert len(file.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("debug", ["jobs.claimed", "job.settled", "store.away"]),
        ("info", ["job.settled", "store.away"]),
        ("warning", ["store.away"]),
        ("error", []),
    ],
)
def test_a_level_leaves_out_what_matters_less(level: str, events: list[str]) -> None:
    file = io.StringIO()
    set_up_lines("json", level, file)
    for event in ("jobs.claimed", "job.settled", "store.away"):
        LogSight().saw(event)
    assert [json.loads(line)["event"] for line in file.getvalue().splitlines()] == events


@pytest.fixture
def silenced_others() -> Iterator[None]:
    """What a module does to them that sets up logging for itself alone is undone afterwards."""
    others = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    before = [each.disabled for each in others]
    yield
    for each, was in zip(others, before, strict=True):
        each.disabled = was


@pytest.mark.usefixtures("silenced_others")
def test_what_operations_set_up_for_their_own_lines_silences_no_event() -> None:
    file = io.StringIO()
    set_up_lines("json", "info", file)
    logging.config.dictConfig({"version": 1})
    LogSight().saw("job.settled")
    assert json.loads(file.getvalue())["event"] == "job.settled"


def test_a_traceback_among_the_facts_is_one_line_for_machines(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_lines("json", "warning")
    facts = {"job": "1", "exception": f"Traceback\n{FORGED}"}
    logging.getLogger("jobproc").warning("attempt.failed", extra={"facts": facts})
    [line] = capfd.readouterr().err.splitlines()
    fields = json.loads(line)
    assert fields.pop("at").endswith("Z")
    assert fields == {"event": "attempt.failed", "level": "warning", **facts}


def test_people_read_a_traceback_below_the_line(capfd: pytest.CaptureFixture[str]) -> None:
    set_up_lines("console", "warning")
    facts = {"job": "1", "exception": "Traceback\n  boom"}
    logging.getLogger("jobproc").warning("attempt.failed", extra={"facts": facts})
    line, *below = capfd.readouterr().err.splitlines()
    assert line.endswith("Z [warning  ] attempt.failed       job=1")
    assert below == ["Traceback", "  boom"]


def test_only_a_terminal_is_shown_colors() -> None:
    plain = written("console", job="1")
    file = Terminal()
    set_up_lines("console", "info", file)
    LogSight().saw("job.settled", job="1")
    assert "\x1b" in file.getvalue()
    assert re.sub(r"\x1b\[\d+m", "", file.getvalue())[TIME:] == plain[TIME:]


def test_probes_are_for_who_looks_closer() -> None:
    assert written("json", route="/readyz") == ""
    assert written("json", "debug", route="/readyz") != ""


def test_until_it_is_set_up_nothing_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    LogSight().saw("store.away", reason="gone")
    assert capfd.readouterr() == ("", "")
