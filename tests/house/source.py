"""Reads the program's own source, for the tests that check the rules of the house."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from campaign.config import ROOT


@dataclass(frozen=True)
class Module:
    """One file of the program."""

    path: Path

    @property
    def name(self) -> str:
        """Its dotted name; a package bears its own."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """Its room: `participations` for `campaign.participations.views.public`."""
        return (*self.name.split("."), "")[1]

    @property
    def floor(self) -> str:
        """Its place in the room: `views` for `campaign.participations.views.public`."""
        return (*self.name.split("."), "", "")[2]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    def imports(self) -> Iterator[str]:
        """Every name it imports, whole: `campaign.db.transaction`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def lines_calling(self, *names: str) -> list[int]:
        """The lines that call one of these: `commit` also finds `db.session.commit()`."""
        return [
            node.lineno
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and f".{ast.unparse(node.func)}".endswith(tuple(f".{n}" for n in names))
        ]


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program."""
    return tuple(Module(path) for path in sorted((ROOT / "campaign").rglob("*.py")))
