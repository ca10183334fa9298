"""What users may read of an exception: its name and its message, without what belongs to the server."""

import re

from jobproc.domain.jobs import ErrorCode, JobError

LONGEST_NAME = 100
LONGEST_MESSAGE = 1000

# The folders of an absolute path, up to its last part; the slashes of a URL are none, unless it names a file.
# Within quotation marks, folders may hold spaces and punctuation.
_FOLDERS = re.compile(
    r"""(?<=')/(?:[^/'\n]+/)+|(?<=")/(?:[^/"\n]+/)+|(?:\bfile://|(?<![\w/.]))/(?:[^\s/'":;,]+/)+"""
)
# Neither Postgres nor JSON readers take NUL or half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def failure_of(error: BaseException) -> JobError:
    """An operation's exception as the error of its job."""
    return JobError(ErrorCode.OPERATION_FAILED, type(error).__name__[:LONGEST_NAME], safe_message(error))


def safe_message(error: BaseException) -> str:
    """The message as far as it can be stored and shown; paths keep their last part only."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - an exception of somebody else may fail at telling its message, too
        return ""
    return _FOLDERS.sub("", _UNSTORABLE.sub("\ufffd", text[: 2 * LONGEST_MESSAGE]))[:LONGEST_MESSAGE]
