"""What people type, in the spellings in which they type it."""

from datetime import date, time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.web import typed
from campaign.web.filters import MONTHS, full_date, hour, long_date

NBSP = "\u00a0"
THIN = "\u202f"

HOURS = [
    "{h} h", "{h}h", "{h} H", "{h} heures", "{h}:00", "{h}h00", "{h} h 00", "{h}", "{h}:00:00",
    "{h}" + NBSP + "h", "{h}" + THIN + "h" + THIN + "00", "  {h}  h ", "0{h} h",
]  # fmt: skip


@pytest.mark.parametrize("written", HOURS)
def test_an_hour_as_people_write_it(written: str) -> None:
    assert typed.read_hour(written.format(h=9)) == time(9)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10 h 30", time(10, 30)),
        ("10h30", time(10, 30)),
        ("10:30", time(10, 30)),
        ("1030", time(10, 30)),
        ("930", time(9, 30)),
        ("9 heures 30", time(9, 30)),
        ("1:30 pm", time(13, 30)),
        ("1 h 30 p.m.", time(13, 30)),
        ("12 pm", time(12)),
        ("12 am", time(0)),
        ("10 am", time(10)),
        ("midi", time(12)),
        ("Midi", time(12)),
        ("0 h", time(0)),
        ("23:59", time(23, 59)),
    ],
)
def test_an_hour_with_minutes_or_halves_of_the_day(written: str, meant: time) -> None:
    assert typed.read_hour(written) == meant


@given(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.sampled_from(
        ["{h} h {m:02d}", "{h}h{m:02d}", "{h}:{m:02d}", "{h:02d}:{m:02d}", "{h}{m:02d}", " {h} H {m:02d} "]
    ),
)
def test_every_minute_of_the_day_is_understood_in_every_spelling(moment: time, spelling: str) -> None:
    assert typed.read_hour(spelling.format(h=moment.hour, m=moment.minute)) == moment


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_an_hour_as_we_write_it_is_read_back(moment: time) -> None:
    assert typed.read_hour(hour(moment)) == moment


@pytest.mark.parametrize(
    "written", ["", "demain", "25 h", "10 h 75", "10 h 5", "10 h à 11 h", "-1", "1e3", "h"]
)
def test_an_hour_not_understood_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(typed.Unreadable) as refusal:
        typed.read_hour(written)

    assert str(refusal.value) == f"Inscrivez l’heure, par exemple «{NBSP}10{NBSP}h{NBSP}»."


@pytest.mark.parametrize(
    "written",
    [
        "2027-11-05", "2027/11/5", "5/11/2027", "05-11-2027", "5 novembre 2027", "5 nov. 2027", "5 NOV 2027",
        "vendredi 5 novembre 2027", "vendredi, 5 novembre 2027", "le vendredi 5 novembre 2027",
        "le 5 novembre 2027", "5" + NBSP + "novembre" + NBSP + "2027",
    ],
)  # fmt: skip
def test_a_day_as_people_write_it(written: str) -> None:
    assert typed.read_day(written) == date(2027, 11, 5)


@pytest.mark.parametrize(
    ("written", "month"),
    [("1er février 2027", 2), ("1 fevrier 2027", 2), ("1er aout 2027", 8), ("1 DÉC. 2027", 12)],
)
def test_accents_may_be_there_or_not(written: str, month: int) -> None:
    assert typed.read_day(written) == date(2027, month, 1)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from([long_date, full_date, date.isoformat])
)
def test_a_day_as_we_write_it_is_read_back(day: date, write: object) -> None:
    assert callable(write)
    assert typed.read_day(write(day)) == day


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("30 février 2027", "Cette date n’existe pas au calendrier."),
        ("2027-13-01", "Cette date n’existe pas au calendrier."),
        ("0202-11-15", "Vérifiez l’année."),
        ("9999-12-31", "Vérifiez l’année."),
        ("lundi prochain", ""),
        ("1 jui 2027", ""),
        ("15 novembre", ""),
    ],
)
def test_a_day_not_understood_is_refused_with_an_example(written: str, said: str) -> None:
    with pytest.raises(typed.Unreadable) as refusal:
        typed.read_day(written)

    example = f"Inscrivez la date, par exemple «{NBSP}15{NBSP}novembre 2027{NBSP}»."
    assert str(refusal.value).replace(NBSP, " ") == f"{said} {example}".strip().replace(NBSP, " ")


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("février 2028", date(2028, 2, 1)),
        ("Fevrier 2028", date(2028, 2, 1)),
        ("2028-02", date(2028, 2, 1)),
        ("12/2027", date(2027, 12, 1)),
    ],
)
def test_a_month_is_read_as_people_write_it(written: str, month: date) -> None:
    assert typed.read_month(written) == month


@pytest.mark.parametrize("written", ["février", "2028", "13/2028", "mois 2028", "16 février 2028", "02/28"])
def test_a_month_that_is_none_says_how_to_write_it(written: str) -> None:
    with pytest.raises(typed.Unreadable, match="février 2028"):
        typed.read_month(written)


@pytest.mark.parametrize(
    "written",
    [
        "418 555-0123", "(418) 555-0123", "418-555-0123", "418.555.0123", "4185550123", "+1 418 555 0123",
        "1-418-555-0123", "418" + NBSP + "555\u20110123", "418/555-0123",
    ],
)  # fmt: skip
def test_a_telephone_as_people_write_it(written: str) -> None:
    assert typed.read_telephone(written) == "4185550123"


@pytest.mark.parametrize(
    "written", ["555-0123", "0185550123", "418 555-0123 poste douze", "011 33 1 23 45 67 89", "٤١٨٥٥٥٠١٢٣"]
)
def test_a_telephone_not_understood_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(typed.Unreadable, match="dix chiffres"):
        typed.read_telephone(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" MANON@Exemple.Quebec ", "manon@exemple.quebec"),
        ("manon@exemple.quebec.", "manon@exemple.quebec"),
        ("d’astous@exemple.quebec", "d'astous@exemple.quebec"),
        ("o'bomsawin+mairie@exemple.quebec", "o'bomsawin+mairie@exemple.quebec"),
    ],
)
def test_an_address_is_tidied(written: str, kept: str) -> None:
    assert typed.read_email(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "manon",
        "manon@",
        "@exemple.ca",
        "a b@exemple.ca",
        "a@b@c.ca",
        "a@exemple.ca\nBcc: x@y.ca",
        "a\0@exemple.ca",
        "é" * 300,
    ],
)
def test_an_address_that_cannot_be_one_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(typed.Unreadable, match="courriel"):
        typed.read_email(written)


def test_a_slip_in_the_domain_is_noticed() -> None:
    assert typed.likely_email("manon@hotmial.com") == "manon@hotmail.com"
    assert typed.likely_email("manon@hotmail.com") is None


@pytest.mark.parametrize("written", ["g1r5m1", "G1R 5M1", "g1R  5m1", "G1R-5M1", "G1R" + NBSP + "5M1"])
def test_a_postal_code_is_written_with_its_space(written: str) -> None:
    assert typed.tidy_postal_code(f"5, rue A, Québec {written}") == "5, rue A, Québec G1R 5M1"


def test_what_is_no_postal_code_stays_as_it_is() -> None:
    assert typed.tidy_postal_code("Salle b2b2c2d, local a1") == "Salle b2b2c2d, local a1"


LETTERS = ["C.P. ", "CP ", "cp", "C. P. ", "c.p.", "C-P ", "C P ", "B.P. ", "BP ", "P.O.B. ", "POB "]
BOXES = [
    *(f"{letters}{sign}47" for letters, sign in product(LETTERS, ["", "no ", "n° ", "#"])),
    "case postale 47", "Case  Postale 47", "CASES POSTALES 47 et 48", "casier postal 47",
    "casiers postaux 12", "boîte postale 47", "Boite postale 47", "case" + NBSP + "postale 47",
    "C.P." + NBSP + "47", "C.P.: 47", "C.P. numéro 47", "PO Box 47", "P.O. Box 47", "p.o.box 47",
    "P O Box 47", "Post Office Box 47", "postal box 47",
]  # fmt: skip


@pytest.mark.parametrize("written", BOXES)
def test_a_post_office_box_is_recognized_in_its_spellings(written: str) -> None:
    assert typed.is_post_office_box(f"Hôtel de ville, {written}, Hébertville")


@pytest.mark.parametrize(
    "written",
    [
        "12, rue Principale, Hébertville (Québec) G8N 1A1",
        "5, chemin du Cap, Percé G0C 2L0",
        "Poste de police, 3, rue de la Poste",
        "1, place de la Case-Postel",
        "450, rang 4, local B, porte 12",
        "12, rue P.-O.-Boucher",
        "3, rue C.-P.-Gagnon",
        "RR 2, 14, route 170",
    ],
)
def test_a_street_is_no_post_office_box(written: str) -> None:
    assert not typed.is_post_office_box(written)


@pytest.mark.parametrize(
    "written", ["418 555-0123 poste 12", "418 555-0123, poste : 12", "(418) 555-0123 ext. 12"]
)
def test_an_extension_typed_after_the_number_is_not_lost(written: str) -> None:
    number, extension = typed.split_extension(written)

    assert (typed.read_telephone(number), extension) == ("4185550123", "12")
    assert typed.read_telephone(written) == "4185550123"


def test_a_name_is_never_disguised_by_signs_that_turn_words_around() -> None:
    assert typed.printable("Hôtel\u202e de\u200b ville\u2069") == "Hôtel de ville"


def test_control_characters_are_dropped_and_joined_emoji_kept() -> None:
    family = "👩\u200d👧"

    assert typed.printable(f"a\0b\x07\tc\r\nd\x7f{family}\ud800\u2028{NBSP}") == f"ab c  d{family} {NBSP}"


@given(st.text())
def test_what_is_kept_holds_nothing_that_a_database_refuses(text: str) -> None:
    kept = typed.printable(text)

    assert "\0" not in kept
    assert kept.encode() == kept.encode("utf-8", "surrogatepass")


def test_months_are_told_apart_by_their_beginnings() -> None:
    assert {typed.read_day(f"3 {month} 2027").month for month in MONTHS} == set(range(1, 13))
