"""The picture that a shared link shows, with the words of the moment: title, day, place, what changed."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import unicodedata
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from campaign.events.typesetting import breakable, typeset_png
from campaign.web.filters import NBSP

WIDTH, HEIGHT = 1200, 630
"""What social networks ask for (Open Graph, 1.91 to 1)."""

TEMPLATE = Path(__file__).with_name("card.typ")
DRAWING = Path(__file__).with_name("drawing.typ")

LONGEST = {"title": 200, "date": 120, "place": 160, "state": 60, "campaign": 120}
"""Letters of each text that are set; what sticks out would not be read at the size of a thumb."""

_turns = threading.Lock()
"""One picture at a time in a process: a rush of readers costs memory and one processor, never all of them."""


@dataclass(frozen=True, kw_only=True)
class CardContent:
    """What is drawn, word for word."""

    title: str
    date: str
    place: str = ""
    state: str = ""
    """« ANNULÉE », « REPORTÉE AU 17 NOVEMBRE »; empty when all is as planned."""
    is_off: bool = False
    campaign: str = ""

    @property
    def mark(self) -> str:
        """Changes with what is drawn, and with how: networks keep a picture for ever under its address."""
        drawn = json.dumps(asdict(self)) + _recipe()
        return hashlib.sha256(drawn.encode()).hexdigest()[:12]

    @property
    def alternative(self) -> str:
        """What somebody who does not see the picture is told."""
        parts = (self.state.capitalize(), self.title, self.date, self.place)
        return f"{NBSP}– ".join(part for part in parts if part)


def draw_card(content: CardContent) -> bytes:
    """The PNG, the same bytes for the same content."""
    said = {name: drawable(text, LONGEST[name]) for name, text in asdict(content).items() if name in LONGEST}
    with _turns:
        return typeset_png(TEMPLATE, json.dumps(said | {"is_off": content.is_off}), script_of=_letters(said))


def drawable(text: str, longest: int) -> str:
    """The text without what no face draws (emoji, controls), at most that long, long words breakable."""
    kept = "".join(letter for letter in text if _has_shape(letter))
    flat = re.sub(r"[^\S\u00a0]+", " ", kept).strip()
    short = flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"
    return breakable(short)


def _has_shape(letter: str) -> bool:
    """Not an emoji, a control, a half of a pair nor what has no meaning yet; a line break is a space."""
    is_emoji = unicodedata.category(letter) == "So" or "\U0001f3fb" <= letter <= "\U0001f3ff"
    is_selector = "\ufe00" <= letter <= "\ufe0f"
    is_mute = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") and not letter.isspace()
    return not (is_emoji or is_selector or is_mute)


def _letters(said: dict[str, str]) -> str:
    """The letters that a face must have; quotation marks and dashes, all of ours do."""
    return "".join(letter for letter in "".join(said.values()) if letter.isalpha())


@cache
def _recipe() -> str:
    return hashlib.sha256(TEMPLATE.read_bytes() + DRAWING.read_bytes()).hexdigest()
