"""How what people type finds what organizers wrote: case, accents, œ, hyphens, apostrophes, plurals, and the
dots of inclusive writing (« tout-petits » finds « Tout·e·s-petit·e·s »)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from campaign.territory.names import search_words

MOST_WORDS = 8
"""Words of a search that are looked at."""

SHORTEST_PLURAL = 4
"""« conte » answers « contes », but « ans » is not the plural of « an »."""

# Alone between others, they tell nothing: « fête de la famille » is found by « fête famille ».
_TOOLS = frozenset(
    """le la les l un une des du de d et ou a au aux en dans sur sous pour par avec chez ce ces cet cette mon
    ma mes ton ta tes son sa ses notre nos votre vos leur leurs s n j m t c qu que qui""".split()  # noqa: SIM905
)

_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_SPELLED = {short: search_words(short).split() for short in ("st", "ste", "sts", "stes", "mt")}
"""« st-denis » is « saint denis », as in the search of municipalities."""

_DOTS = "·•‧∙⋅・"
_ENDINGS = (
    "trices?|rices?|ices?|euses?|eresses?|esses?|elles?|ieres?|eres?|iennes?|ennes?|onnes?|ines?|ives?|ves?|"
    "eures?|ales?|ues?|es?|nes?|les?|tes?|ses?|fes?|ches?|ques?"
)
_INCLUSIVE = re.compile(
    rf"(?P<base>[^\W\d_]{{2,}})"
    rf"(?:[{_DOTS}](?P<any>[^\W\d_]{{1,8}})|[./(-](?P<known>{_ENDINGS})(?![^\W\d_]))\)?"
    rf"(?:[{_DOTS}.(/-]?(?P<plural>[sx])(?![^\W\d_])\)?)?"
)
"""« tout·e·s », « éducateur.trice.s », « éducateur(trice)s », « étudiant-e-s », once folded. After a dot of
inclusive writing any ending is one; after a mark that has other uses, only known ones are."""

_APPENDED = ("e", "ne", "le", "te", "se", "sse", "esse", "fe")
"""Endings added to the whole word; the others replace its end."""


def fold(text: str) -> str:
    """The plain words of a text, without case nor accents, each inclusive word in its first form."""
    return " ".join(forms[0] for forms in _readings(text))


def forms(text: str) -> frozenset[str]:
    """All the words under which a text is found."""
    return frozenset(word for forms in _readings(text) for word in forms)


def asked(text: str) -> tuple[str, ...]:
    """What is looked for: each must begin a word of the text, except one letter alone, which must be one.

    Articles and the like are left out when something else is asked.
    """
    words = dict.fromkeys(_singular(word) for word in fold(text).split())
    telling = [word for word in words if word not in _TOOLS]
    return tuple((telling or list(words))[:MOST_WORDS])


def answers(word: str, form: str) -> bool:
    """Whether one asked word is answered by one form of a text."""
    return form == word if len(word) == 1 else form.startswith(word)


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= SHORTEST_PLURAL and word[-1] in "sx" else word


def _readings(text: str) -> Iterator[tuple[str, ...]]:
    """Each word of a text with its forms, the first one being that of a reader in a hurry."""
    folded = _folded(text)
    at = 0
    for found in _INCLUSIVE.finditer(folded):
        yield from _plain(folded[at : found.start()])
        yield from _inclusive(found)
        at = found.end()
    yield from _plain(folded[at:])


def _folded(text: str) -> str:
    """Decomposed before and after: some signs hold capitals (« ℡ »). The whole text at once: a calendar has
    five million letters."""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _ACCENTS.sub("", lowered).replace("œ", "oe").replace("æ", "ae")


def _plain(text: str) -> Iterator[tuple[str, ...]]:
    for word in _WORD.findall(text):
        for spelled in _SPELLED.get(word, (word,)):
            yield (spelled,)


def _inclusive(found: re.Match[str]) -> Iterator[tuple[str, ...]]:
    base, ending = found["base"], found["any"] or found["known"]
    plural = found["plural"] or ("s" if ending[-1] == "s" and len(ending) > 1 else "")
    feminine = _feminine(base, ending)
    several = [word + plural for word in (base, feminine)] if plural else []
    # « porte-les » is no inclusive writing: both of its words are kept too.
    apart = [found["known"]] if found["known"] else []
    yield tuple(dict.fromkeys([base, *several, feminine, *apart]))


def _feminine(base: str, ending: str) -> str:
    """« educateur » and « trice » → « educatrice »; « tout » and « e » → « toute »."""
    ending = ending.removesuffix("s") if len(ending) > 1 else ending
    if ending in _APPENDED:
        return base + ending
    if ending == "rice":
        return base.removesuffix("eur") + ending
    if ending == "ve":
        return base.removesuffix("f") + ending
    at = base.rfind(ending[0])
    return base[:at] + ending if at >= 2 else base + ending
