"""The rules of the house, read in the source: who imports whom, who commits, what things are called."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable

from campaign.config import ROOT
from tests.house.source import Module, modules

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "repositories"}
OF_THE_REQUEST = {
    f"flask.{name}" for name in ("request", "session", "g", "flash", "redirect", "render_template")
}
ENTRANCES = {"views", "jobs", "lines", "cli", "commands", "mailing_commands", "activity_commands"}
"""What may open a transaction: something that a person or a clock has started."""


def broken_by(rule: Callable[[Module], Iterable[object]]) -> dict[str, list[object]]:
    """What breaks the rule, by module."""
    return {module.name: found for module in modules() if (found := list(rule(module)))}


def test_imports_keep_to_the_street_and_the_floors() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    checked = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert broken_by(lambda module: EMPTY_NAMES & set(module.name.split("."))) == {}


def test_modules_open_with_what_a_reader_finds_there() -> None:
    assert [module.name for module in modules() if not ast.get_docstring(module.tree)] == []


def test_forms_and_views_stay_in_their_room() -> None:
    def foreign(module: Module) -> Iterable[str]:
        for name in module.imports():
            room, floor = (*name.split("."), "", "")[1:3]
            if (
                name.startswith("campaign.")
                and floor in ("forms", "views")
                and room not in (module.room, "web")
            ):
                yield name

    assert broken_by(foreign) == {}


def test_services_queries_and_models_know_no_request() -> None:
    steps = {
        (services.room, name.split(".")[2])
        for services in modules()
        if services.floor == "services"
        for name in services.imports()
        if name.startswith(f"campaign.{services.room}.")
    }

    def of_the_web(module: Module) -> Iterable[str]:
        if module.floor in ("services", "queries", "models") or (module.room, module.floor) in steps:
            yield from OF_THE_REQUEST & set(module.imports())

    assert broken_by(of_the_web) == {}


def test_only_entrances_open_a_transaction() -> None:
    def opens(module: Module) -> Iterable[int]:
        if not {module.room, module.floor} & ENTRANCES:
            yield from module.lines_calling("transaction")

    assert broken_by(opens) == {}


def test_only_the_database_module_commits() -> None:
    committing = broken_by(lambda module: module.lines_calling("commit"))

    assert set(committing) == {"campaign.db"}


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = broken_by(
        lambda module: module.lines_calling("datetime.now", "utcnow", "date.today", "time.time")
    )

    # The windows of the rate limits are counted in the machine's own seconds: no rehearsal moves them.
    assert set(asking) == {"campaign.clock", "campaign.hits"}


def test_nothing_waits_by_sleeping() -> None:
    assert broken_by(lambda module: module.lines_calling("sleep")) == {}


def test_statements_are_selects_of_sqlalchemy_2() -> None:
    assert broken_by(lambda module: module.lines_calling("session.query", "query.filter", "query.get")) == {}


def test_each_ignored_type_says_which_error_and_why() -> None:
    def unexplained(module: Module) -> Iterable[str]:
        for line in module.path.read_text(encoding="utf-8").splitlines():
            if "# type: ignore" in line and not re.search(r"# type: ignore\[[a-z, -]+\]\s+# \w", line):
                yield line.strip()

    assert broken_by(unexplained) == {}
