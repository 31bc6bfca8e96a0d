"""argparse, in French: usage, help and what is wrong with the arguments."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

COMPLAINTS = (
    (r"the following arguments are required: (.*)", r"il manque : \1."),
    (r"unrecognized arguments: (.*)", r"arguments inconnus : \1."),
    (r"expected one argument", r"une valeur est attendue."),
    (r"expected at least one argument", r"au moins une valeur est attendue."),
    (r"invalid choice: '?(.*?)'? \(choose from (.*)\)", r"« \1 » est inconnu. Choisissez parmi : \2."),
    (r"invalid \S+ value: '(.*)'", r"« \1 » ne convient pas."),
    (r"not allowed with argument (.*)", r"ne s’emploie pas avec \1."),
    (r"ignored explicit argument '(.*)'", r"« \1 » est de trop."),
    (r"ambiguous option: (.*) could match (.*)", r"« \1 » est ambigu : \2."),
)


class FrenchParser(argparse.ArgumentParser):
    """Says in French what argparse says in English; commands made from it do too."""

    def __init__(self, **options: object) -> None:
        super().__init__(**(options | {"add_help": False, "allow_abbrev": False}))  # type: ignore[arg-type]  # passed on
        self._optionals.title = "options"
        self._positionals.title = "arguments"
        self.add_argument("-h", "--help", action="help", help="montre cette aide et s’arrête")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", "emploi : ", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", "emploi : ", 1)

    def error(self, message: str) -> NoReturn:
        """What is wrong, then how the command is used; exit code 2."""
        self.exit(2, f"{_in_french(message)}\n{self.format_usage()}")


def _in_french(message: str) -> str:
    about, separator, said = "", "", message
    if match := re.fullmatch(r"argument (\S+?): (.*)", message, re.DOTALL):
        about, separator, said = match[1], " : ", match[2]
    for english, french in COMPLAINTS:
        if re.fullmatch(english, said, re.DOTALL):
            said = re.sub(english, french, said, flags=re.DOTALL).replace("'", "")
            break
    return f"{about}{separator}{said}"
