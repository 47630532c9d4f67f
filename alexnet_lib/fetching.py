"""Small files from the book's repository: in bounded time, and with a reason where one is not to be had."""

import http.client
import time
import urllib.error
import urllib.request

from alexnet_lib.language import text

SILENCE = 10.0  # seconds without a byte
LIMIT = 30.0  # seconds for a whole file
PAUSE = 60.0  # seconds in which nobody is asked after a failure that the next file would meet too

_refused: tuple[float, OSError] | None = None


def fetch(address: str) -> bytes:
    """Return what lies at an address.

    Where there is no connection, no answer, or a request to be left alone, the same failure is raised
    at once for the next minute: many files cost one waiting.

    Raises
    ------
    OSError, http.client.HTTPException
        With a cause that ``reason`` can say.
    """
    global _refused
    if _refused and time.monotonic() < _refused[0]:
        raise _refused[1]
    try:
        return read_in_time(address)
    except (urllib.error.URLError, TimeoutError) as error:
        # Another answer than "later" is about this file alone.
        if not isinstance(error, urllib.error.HTTPError) or error.code in (429, 503):
            _refused = time.monotonic() + PAUSE, error
        raise


def ask_again() -> None:
    """Forget an earlier failure."""
    global _refused
    _refused = None


def read_in_time(address: str) -> bytes:
    """Return what lies at an address; TimeoutError where it comes too slowly."""
    begin, parts = time.monotonic(), []
    with urllib.request.urlopen(address, timeout=SILENCE) as response:
        while part := response.read1(1 << 16):
            parts.append(part)
            if time.monotonic() - begin > LIMIT:
                raise TimeoutError(address)
    return b"".join(parts)


def reason(error: Exception) -> str:
    """Return in some words why a file was not to be had."""
    if isinstance(error, urllib.error.HTTPError):
        known = {404: "recorded.not_there", 429: "recorded.too_many"}
        return text(known.get(error.code, "recorded.status"), status=error.code)
    if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
        return text("recorded.no_answer")
    if isinstance(error, urllib.error.URLError | ConnectionError | http.client.HTTPException):
        return text("recorded.no_connection")
    return text("recorded.not_intact")
