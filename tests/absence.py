"""What a machine may lack: a test that needs it is skipped and counted by name, and fails where `CI=true`."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import pytest

_MARK = "absent de cette machine"


@dataclass(frozen=True)
class Absence:
    """A piece of the system and the command that installs it."""

    name: str
    remedy: str

    def report(self) -> NoReturn:
        """End the present test: skipped here, failed in continuous integration."""
        reason = f"{self.name} est {_MARK} ({self.remedy})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def closing_lines(reporter: pytest.TerminalReporter) -> Iterator[str]:
    """One sentence for each absent piece, with the number of tests that could not run."""
    reports = [report for key in ("skipped", "error", "failed") for report in reporter.stats.get(key, [])]
    reasons = (re.search(rf"(\S+) est {_MARK} \((.+?)\)", str(report.longrepr)) for report in reports)
    for (name, remedy), count in Counter(found.groups() for found in reasons if found).items():
        tests = "1 essai n’a pas pu être fait" if count == 1 else f"{count} essais n’ont pas pu être faits"
        yield f"{name} est {_MARK}\u00a0: {tests}. Pour l’installer\u00a0: {remedy}"
