"""French typography of what people read: what Québec usage asks for, checked on each page and e-mail."""

import re

from campaign.web.filters import MONTHS

_FAULTS: tuple[tuple[str, str], ...] = (
    (r"[^\W\d]'[^\W\d]", "apostrophe droite (’)"),
    (r'"', "guillemets droits (« »)"),
    (r"«(?!\u00a0)", "espace insécable après «"),
    (r"(?<!\u00a0)»", "espace insécable avant »"),
    (r"\u202f", "espace fine U+202F, que la police n’a pas"),
    (r"(?<=[^\W\d]):(?=\s|$)|(?<=[)»%\]])(?<!\u00a0):(?=\s|$)", "espace insécable avant :"),
    (r"[ \t\n]:(?=\s|$)", "espace insécable (et non ordinaire) avant :"),
    (r"\u00a0[ \u00a0]| \u00a0", "deux espaces, dont une insécable"),
    (r"\s[!?;]", "pas d’espace avant ! ? ;"),
    (r"\.\.\.", "points de suspension (…)"),
    (r"\d h(?: \d|\b)|\d\u00a0h \d", "espaces insécables dans l’heure"),
    (r"\d ?[%$](?!\w)|\d [%$]", "espace insécable avant % et $"),
    (r"(?<![\d-])\d{1,3} \d{3}(?![\d-])", "espace insécable dans les nombres"),
    (rf"\b(?:1er|\d{{1,2}}) (?:{'|'.join(MONTHS)})\b", "espace insécable entre le jour et le mois"),
)


def faults(text: str) -> list[str]:
    """What is wrong in the text, each fault with the words around it; addresses are left alone."""
    text = re.sub(r"\S+@\S+|https?://\S+|\bwww\.\S+", "\u2060", text)
    return [
        f"{rule} : …{text[max(0, found.start() - 25) : found.end() + 25]!r}…"
        for pattern, rule in _FAULTS
        for found in re.finditer(pattern, text)
    ]
