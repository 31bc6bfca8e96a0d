"""One line in the log for each answer, in which nobody can be recognized."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from campaign.logs import redacted

log = logging.getLogger("campaign.requests")


def record_requests(app: Flask) -> None:
    """Log one line per answer: method, address without its query, status, time. Nothing of the reader."""
    app.extensions["access_log"] = write_line

    def start_timer() -> None:
        g.started = time.perf_counter()

    # Before every other function of the kind: a page refused by one of them has its line too.
    app.before_request_funcs.setdefault(None, []).insert(0, start_timer)

    @app.after_request
    def write(response: Response) -> Response:
        if not request.path.startswith(("/static/", "/healthz")):
            started = g.get("started", time.perf_counter())
            write_line(request.method, request.path, response.status_code, started)
        return response


def write_line(method: str, path: str, status: int, started: float) -> None:
    """The line of one answer, which began at that instant of `time.perf_counter`."""
    elapsed = (time.perf_counter() - started) * 1000
    # The path is redacted before it is cut, so that no piece of a token is left.
    log.info("%s %s", method, redacted(path)[:200], extra={"status": status, "ms": round(elapsed, 1)})
