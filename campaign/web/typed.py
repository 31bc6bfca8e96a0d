"""What people type, understood: hours, days, telephones, e-mails, postal codes. Each refusal says how to mend
it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

from email_validator import EmailNotValidError, validate_email

from campaign.web.filters import MONTHS, NBSP


def printable(text: str) -> str:
    """The text without control characters (PostgreSQL refuses NUL); tabs and line ends become spaces."""
    if text.isprintable():  # nearly always, and a hundred times quicker than looking at each sign
        return text
    return "".join(_printable(character) for character in text)


_REORDERING = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Invisible signs that turn words around or hide between letters: a name that carries one is a disguise."""


def _printable(character: str) -> str:
    # « Cf » stays: emoji and Arabic need their joiners. « Cs » are halves that nothing stores.
    if character in _REORDERING:
        return ""
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cs", "Zl", "Zp"):
        return " " if character.isspace() else ""
    return character


class Unreadable(ValueError):
    """Not understood; the message is a French sentence for the person who typed it."""


_HOUR = re.compile(
    r"(\d{1,2})\s*(?:h|:|heures?|hres?|hrs?)?\s*(\d{2})?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE
)
_HOUR_HINT = "Inscrivez l’heure, par exemple « 10 h »."


def read_hour(text: str) -> time:
    """« 10 h », « 10h00 », « 10:00 », « 10 h 30 », « 9h », « midi » → a wall time."""
    plain = " ".join(text.replace(NBSP, " ").replace("\u202f", " ").lower().split())
    if plain == "midi":
        return time(12)
    match = _HOUR.fullmatch(re.sub(r":00$", "", plain) if plain.count(":") == 2 else plain)
    if not match:
        raise Unreadable(_HOUR_HINT)
    hours, minutes = int(match[1]), int(match[2] or 0)
    half = (match[3] or "").replace(".", "")
    if half == "pm" and hours < 12:
        hours += 12
    elif half == "am" and hours == 12:
        hours = 0
    if hours > 23 or minutes > 59:
        raise Unreadable(_HOUR_HINT)
    return time(hours, minutes)


_ISO = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_WORDS = re.compile(r"(?:[a-z]+,?\s+){0,2}(\d{1,2})(?:er|re)?\s+([a-z]{3,}\.?)\s+(\d{4})")
_PLAIN_MONTHS = [month.replace("é", "e").replace("û", "u") for month in MONTHS]
_YEARS = range(2000, 2100)


def read_day(text: str) -> date:
    """« 2027-11-15 », « 15 novembre 2027 », « le lundi 15 nov. 2027 », « 15/11/2027 » → a day."""
    hint = "Inscrivez la date, par exemple « 15 novembre 2027 »."
    parts = _day_parts(text)
    if parts is None:
        raise Unreadable(hint)
    year, month, day = parts
    if year not in _YEARS:
        raise Unreadable(f"Vérifiez l’année. {hint}")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unreadable(f"Cette date n’existe pas au calendrier. {hint}") from error


def _day_parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day as written; accents and their absence are the same."""
    plain = _without_accents(" ".join(text.lower().split()))
    if match := _ISO.fullmatch(plain):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _SLASHED.fullmatch(plain):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _WORDS.fullmatch(plain):
        short = match[2].rstrip(".")
        months = [number for number, name in enumerate(_PLAIN_MONTHS, 1) if name.startswith(short)]
        if len(months) == 1:
            return int(match[3]), months[0], int(match[1])
    return None


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def read_month(text: str) -> date:
    """« février 2028 », « 2028-02 » → the first day of that month."""
    words = re.findall(r"\w+", _without_accents(text.lower()))
    for month, year in (words, words[::-1]) if len(words) == 2 else ():
        if not year.isdecimal() or int(year) not in _YEARS:
            continue
        if month in _PLAIN_MONTHS:
            return date(int(year), _PLAIN_MONTHS.index(month) + 1, 1)
        if month.isdecimal() and 1 <= int(month) <= 12:
            return date(int(year), int(month), 1)
    raise Unreadable("Inscrivez le mois, par exemple « février 2028 ».")


_EXTENSION = re.compile(r"[\s,;]*(?:poste|p\.|ext\.?|x|#)\s*:?\s*([0-9]{1,6})\s*$", re.IGNORECASE)


def split_extension(text: str) -> tuple[str, str]:
    """« 418 756-3554, poste 12 » → the number, and « 12 » (or nothing)."""
    found = _EXTENSION.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def read_telephone(text: str) -> str:
    """The ten digits of a North American number, however it is typed; an extension after them is left out."""
    text, _extension = split_extension(text)
    digits = re.sub(r"[\s()./\-\u2010-\u2013+]", "", text)
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if not re.fullmatch(r"[2-9][0-9]{9}", digits):
        raise Unreadable("Inscrivez les dix chiffres du téléphone, par exemple « 418 555-0123 ».")
    return digits


def read_email(text: str) -> str:
    """The address as mail servers take it: trimmed, without a final dot, lower case."""
    plain = text.strip().rstrip(".").strip().replace("’", "'")
    try:
        checked = validate_email(
            plain, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise Unreadable(
            "Vérifiez l’adresse courriel : elle doit ressembler à « nom@exemple.ca »."
        ) from error
    return checked.normalized.lower()


_FREQUENT_SLIPS = {
    "hotmial.com": "hotmail.com", "hotmai.com": "hotmail.com", "hotmal.com": "hotmail.com",
    "hotmail.con": "hotmail.com", "hotmail.co": "hotmail.com", "gmial.com": "gmail.com", "gmai.com":
    "gmail.com", "gmail.con": "gmail.com", "gmail.co": "gmail.com", "gamil.com": "gmail.com",
    "outlok.com": "outlook.com", "outloook.com": "outlook.com", "videotron.com": "videotron.ca",
    "vidéotron.ca": "videotron.ca", "sympatico.com": "sympatico.ca", "yaho.ca": "yahoo.ca",
    "yahooo.com": "yahoo.com", "icoud.com": "icloud.com",
}  # fmt: skip


def likely_email(email: str) -> str | None:
    """The address probably meant when the domain is a known slip (« hotmial »); a suggestion, never a
    refusal."""
    name, _, domain = email.partition("@")
    meant = _FREQUENT_SLIPS.get(domain)
    return f"{name}@{meant}" if meant else None


_POSTAL_CODE = re.compile(r"\b([A-Za-z]\d[A-Za-z])[\s-]*(\d[A-Za-z]\d)\b")


def tidy_postal_code(text: str) -> str:
    """The address with its postal code written « G1R 5M1 »."""
    return _POSTAL_CODE.sub(lambda m: f"{m[1]} {m[2]}".upper(), text)


_PO_BOX = re.compile(
    r"""
    \b(?:
        [cb] [.\s-]* p [.:\s-]* (?: n [o°º]? [.\s]* | numéro \s+ | \# \s* )? \d     # C.P. 47, BP no 47
      | (?: cases? | casiers? | bo[iî]tes? ) \s+ posta (?: les? | ls? | ux ) \b
      | p [.\s-]* o [.\s-]* b (?: ox | [.\s]* (?: n [o°º]? [.\s]* | \# \s* )? \d )     # P.O. Box 47, POB 47
      | post (?: al )? \s+ (?: office \s+ )? box
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_post_office_box(address: str) -> bool:
    """« C.P. 47 », « case postale 47 »: no courier delivers there."""
    return bool(_PO_BOX.search(address))
