"""One format for everything that is logged, in which no address, no name and no token can be read."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import TextIO

EMAIL = re.compile(r"[^\s@<>\"'=,;:()\[\]]+@[^\s@<>\"',;:()\[\]]+")
SECRET_PATH = re.compile(
    r"((?<!/gestion)/(?:p|accueil|connexion|billet|desabonnement|invitation|verification|courriel|suivi"
    r"|inscription/confirmer|calendrier/prive|calendrier/proposition)/)[^/\s?\"'.]+"
)
"""Addresses that open something for whoever knows them."""

SIGNED_PATH = re.compile(r"(/(?:bilan|billet|images/apercu|inscriptions)/)[\w.-]*[\w-]{20,}")
"""Those whose token is a number and its signature: a full stop stands between them."""

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redacted(text: str) -> str:
    """The text without e-mail addresses, and without the tokens of links."""
    return SECRET_PATH.sub(r"\1…", SIGNED_PATH.sub(r"\1…", EMAIL.sub("…@…", text)))


class Formatter(logging.Formatter):
    """« 2027-11-15T15:00:00Z INFO campaign.jobs message not sent message_pk=12 »

    Redaction is here, at the last moment, so that a library's own sentence or a traceback passes through it.
    """

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the method we replace
        fields = [f"{name}={value}" for name, value in vars(record).items() if name not in STANDARD]
        return " ".join([super().formatMessage(record), *fields])

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def configure(stream: TextIO | None = None) -> None:
    """Everything to standard error, once; libraries speak only when something is wrong."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("campaign").setLevel(logging.INFO)
    logging.captureWarnings(True)
