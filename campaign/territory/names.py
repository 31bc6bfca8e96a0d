"""How a territory's name is folded for search, ordered in lists, and told apart from its homonyms."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaign.territory.models import Territory

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_APOSTROPHE_TO_TYPOGRAPHIC = str.maketrans(dict.fromkeys("'ʼ`´‘", "’"))

# Whole words only, after folding: « st-louis », « Ste Adèle », « N.-D. de Lourdes », « Mt-Tremblant ».
_ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "nd": "notre dame",
    "mt": "mont",
}
_ARTICLES = ("le ", "la ", "les ", "l ")

# « ville » opens real names (Ville-Marie): it goes away only when a particle follows.
_DESIGNATION = re.compile(
    r"^(?:"
    r"(?:municipalite (?:de |du )?(?:la )?(?:paroisse|ville|canton|village)|municipalite|mun|ville|cite)"
    r" (?:de|du|des|d)\b"
    r"|(?:paroisse|cantons? unis|canton|village (?:nordique|cri|naskapi)|village|arrondissement|mrc|secteur)"
    r"(?: (?:de|du|des|d)\b)?"
    r") +(?=\S)"
)

# What sorts before letters must be digits: unlike spaces and punctuation, no locale's collation skips them.
_BETWEEN_FIELDS = "0"
_BETWEEN_WORDS = "1"
_BEFORE_DIGIT = "2"


def fold(text: str) -> str:
    """Lower case without accents or ligatures; punctuation is left alone."""
    lowered = text.lower().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def search_words(text: str) -> str:
    """The words as typed, folded and spelled out, article kept: « l isle verte », « saint louis »."""
    spaced = "".join(character if character.isalnum() else " " for character in fold(text))
    spelled = " ".join(_ABBREVIATIONS.get(word, word) for word in spaced.split())
    return re.sub(r"^n d (?=\S)", "notre dame ", spelled)


def without_designation(words: str) -> str:
    """Drops « ville de », « municipalité des », « canton »… in front of already folded words."""
    return _DESIGNATION.sub("", words, count=1)


def without_article(words: str) -> str:
    """Drops one leading article from already folded words, unless nothing would remain."""
    for article in _ARTICLES:
        if words.startswith(article) and len(words) > len(article):
            return words.removeprefix(article)
    return words


def search_key(text: str) -> str:
    """One key for all ways to type a name: « St-Louis du Ha Ha » is equal to « Saint-Louis-du-Ha! Ha! »."""
    return without_article(without_designation(search_words(text)))


def sort_key(name: str, designation: str = "", mrc: str = "") -> str:
    """The ministry's alphabetical order, as digits and letters that any database collation sorts alike.

    The article counts, accents do not, hyphens and apostrophes vanish, and a space comes before any letter.
    Homonyms follow their designation, then their MRC.
    """
    return _BETWEEN_FIELDS.join(_ordered(field) for field in (name, designation, mrc)).rstrip(_BETWEEN_FIELDS)


def _ordered(text: str) -> str:
    words = fold(text).split()
    return _BETWEEN_WORDS.join(
        ordered for word in words if (ordered := "".join(_ordered_character(character) for character in word))
    )


def _ordered_character(character: str) -> str:
    if character.isdecimal():
        return f"{_BEFORE_DIGIT}{int(character)}"
    return character if character.isalpha() else ""


def typographic(text: str) -> str:
    """The text with « ’ » for every straight apostrophe, and nothing else changed."""
    return text.translate(_APOSTROPHE_TO_TYPOGRAPHIC)


def official_name(text: str) -> str:
    """A name of the directory as we store it: trimmed, « ’ », an en dash where the ministry types « -- »."""
    return typographic(" ".join(unicodedata.normalize("NFC", text).split())).replace("--", "–")


region_name = official_name


def display_label(
    name: str,
    designation_name: str,
    *,
    mrc_name: str | None = None,
    region_name: str | None = None,
    parent_name: str | None = None,
) -> str:
    """« Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent) », or the region for those without MRC.

    A borough is told by its city. Where a unique name needs no more than itself, use the name.
    """
    if parent_name:
        place: str | None = parent_name
    elif mrc_name:
        place = f"MRC {mrc_name}"
    else:
        place = region_name
    details = ", ".join(part for part in (designation_in_sentence(designation_name), place) if part)
    return f"{typographic(name)} ({typographic(details)})" if details else typographic(name)


# The directory's « Réserve indienne » is the federal law's term, not the one that communities use.
_SPOKEN_DESIGNATIONS = {"Réserve indienne": "communauté", "MRC": "MRC"}


def designation_in_sentence(designation_name: str) -> str:
    """The designation as a common noun: « municipalité », « village nordique », « communauté »."""
    spoken = _SPOKEN_DESIGNATIONS.get(designation_name)
    return spoken or designation_name[:1].lower() + designation_name[1:]


def label_for(territory: Territory, *, unless_unique: bool = False) -> str:
    """The territory told apart from its homonyms; with `unless_unique`, its bare name when it has none.

    Needs `mrc`, `region` and `parent` to be loaded.
    """
    if unless_unique and not territory.is_homonym:
        return territory.name
    is_member = territory.mrc is not None and territory.mrc_kind == "MRC"
    return display_label(
        territory.name,
        territory.designation_name,
        mrc_name=territory.mrc.name if territory.mrc and is_member else None,
        region_name=territory.region.name if territory.region else None,
        parent_name=territory.parent.name if territory.parent else None,
    )
