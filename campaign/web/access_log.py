"""One line in the log for each answer, in which nobody can be recognized."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from campaign.logs import redacted

log = logging.getLogger("campaign.requests")


def record_requests(app: Flask) -> None:
    """Log one line per answer: method, address without its query, status, time. Nothing of the reader."""

    def start_timer() -> None:
        g.started = time.perf_counter()

    # Before every other function of the kind: a page refused by one of them has its line too.
    app.before_request_funcs.setdefault(None, []).insert(0, start_timer)

    @app.after_request
    def write_line(response: Response) -> Response:
        if not request.path.startswith(("/static/", "/healthz")):
            elapsed = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
            # The path is redacted before it is cut, so that no piece of a token is left.
            log.info(
                "%s %s",
                request.method,
                redacted(request.path)[:200],
                extra={"status": response.status_code, "ms": round(elapsed, 1)},
            )
        return response
