"""All sheets leave as one: a page may not dress what another page draws."""

import re
from collections import defaultdict
from pathlib import Path

from campaign.config import ROOT

STYLES = ROOT / "static" / "css"


def classes_in(sheet: Path) -> set[str]:
    """The classes that the sheet's selectors name."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", text)))


def test_a_class_of_a_page_belongs_to_one_page() -> None:
    others = [sheet for sheet in STYLES.rglob("*.css") if sheet.parent.name != "pages"]
    shared = {name for sheet in others for name in classes_in(sheet)}
    owners = defaultdict(list)
    for sheet in sorted((STYLES / "pages").glob("*.css")):
        for name in classes_in(sheet) - shared:
            owners[name].append(sheet.name)

    assert owners
    assert {name: sheets for name, sheets in owners.items() if len(sheets) > 1} == {}
