"""The words of the address: what is read, what is left aside, and the one address of each filter."""

from datetime import date
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from campaign.agenda.filters import CHOICES, RADII, CalendarFilter
from campaign.agenda.phrases import describe
from campaign.errors import NotFound

NBSP = "\u00a0"
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(date.isoformat)


def read(query: str) -> CalendarFilter:
    """The filter of that address."""
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    return CalendarFilter.from_arguments(MultiDict(pairs))


def chosen(word: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(CHOICES[word])), max_size=4)


@st.composite
def arguments(draw: st.DrawFn) -> MultiDict[str, str]:
    """Any address, in any order, values of no list included."""
    pairs = [(word, value) for word in CHOICES for value in draw(chosen(word))]
    pairs += [
        (word, draw(st.sampled_from(["", "11", " 010 ", "93022"]))) for word in ("region", "mrc", "pres")
    ]
    pairs += [("q", draw(st.text(max_size=100))), ("ouvert", draw(st.sampled_from(["", "oui", "non"])))]
    pairs += [("rayon", draw(st.sampled_from([*map(str, RADII), "", "7", "-1"]))), ("type", "nouveau")]
    pairs += [(word, day) for word in ("du", "au") if (day := draw(DAYS))]
    return MultiDict(draw(st.permutations(pairs)))


@given(arguments())
def test_the_address_of_a_filter_reads_back_as_the_same_filter(given_: MultiDict[str, str]) -> None:
    asked = CalendarFilter.from_arguments(given_)

    again = CalendarFilter.from_arguments(MultiDict(asked.arguments))

    assert again == asked
    assert list(again.arguments.items()) == list(asked.arguments.items())


@given(arguments())
def test_the_order_of_words_and_repetitions_change_neither_filter_nor_address(
    given_: MultiDict[str, str],
) -> None:
    pairs = list(given_.items(multi=True))
    shuffled = MultiDict([*reversed(pairs), *(pair for pair in pairs if pair[0] in CHOICES)])

    first, second = CalendarFilter.from_arguments(given_), CalendarFilter.from_arguments(shuffled)

    assert first == second
    assert hash(first) == hash(second)
    assert urlencode(first.arguments, doseq=True) == urlencode(second.arguments, doseq=True)


def test_nothing_asked_is_the_whole_calendar() -> None:
    assert read("") == read("page=2&vue=mois&utm_source=lettre&type=&region=") == CalendarFilter()
    assert CalendarFilter().arguments == {}


def test_every_word_is_read() -> None:
    asked = read(
        "q=conte&region=16&mrc=540&municipalite=54048&pres=54048&rayon=60&type=marche&type=bricolage"
        "&theme=jeu&public=parents&cout=gratuit&acces=lsq&langue=francais&format=en-ligne&ouvert=oui"
        "&du=2027-11-15&au=2027-11-21"
    )

    assert asked == CalendarFilter(
        words="conte",
        region="16",
        mrc="540",
        municipality="54048",
        near="54048",
        radius=60,
        types=("bricolage", "marche"),
        themes=("jeu",),
        audiences=("parents",),
        costs=("gratuit",),
        accessibility=("lsq",),
        languages=("francais",),
        formats=("en-ligne",),
        is_open=True,
        since=date(2027, 11, 15),
        until=date(2027, 11, 21),
    )
    assert tuple(asked.arguments) == CalendarFilter.WORDS


@pytest.mark.parametrize("day", ["hier", "2027-13-01", "0001-01-01", "99999-01-01", "15/11/2027", "1e9"])
def test_a_day_that_is_none_is_left_aside_and_told(day: str) -> None:
    asked = read(f"du={day}&au=2027-11-21")

    assert (asked.since, asked.until, asked.unread) == (None, date(2027, 11, 21), ("du",))
    assert "du" not in asked.arguments


def test_two_days_the_wrong_way_round_are_turned() -> None:
    assert read("du=2027-11-21&au=2027-11-15") == read("du=2027-11-15&au=2027-11-21")


def test_a_word_is_taken_out_or_put_in_alone() -> None:
    asked = read("type=marche&type=bricolage&cout=gratuit&pres=54048&rayon=60&ouvert=oui&du=2027-11-15")

    assert asked.without("type", "marche") == read(
        "type=bricolage&cout=gratuit&pres=54048&rayon=60&ouvert=oui&du=2027-11-15"
    )
    assert asked.without("type").types == ()
    assert asked.without("pres") == read("type=marche&type=bricolage&cout=gratuit&ouvert=oui&du=2027-11-15")
    assert asked.without("ouvert").without("du").between(None, None).is_open is False
    assert asked.adding("type", "marche") == asked
    assert asked.adding("cout", "montant").costs == ("gratuit", "montant")


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("query", "phrase"),
    [
        ("", ""),
        (
            "type=heure-du-conte&cout=gratuit&public=0-2-ans&region=16&du=2027-11-15&au=2027-11-21",
            f"Heures du conte gratuites pour les 0-2 ans en Montérégie, du 15 au 21{NBSP}novembre{NBSP}2027",
        ),
        (
            "type=bricolage&type=marche&cout=gratuit&cout=contribution-volontaire&ouvert=oui",
            "Bricolages ou marches à contribution volontaire ou gratuits ouverts au public",
        ),
        ("mrc=540", "Activités dans la MRC Les Maskoutains"),
        (
            "pres=93022&theme=jeu&theme=lecture&q=doudou",
            f"Activités à 30{NBSP}km ou moins d’Hébertville, sur le thème lecture et contes ou jeu, "
            f"avec les mots «{NBSP}doudou{NBSP}»",
        ),
        (
            "municipalite=93022&format=en-ligne&langue=autre&acces=lsq&du=2027-11-15&au=2027-11-15",
            "Activités en ligne à Hébertville, langue des signes québécoise (LSQ), dans une autre langue, "
            f"le lundi 15{NBSP}novembre{NBSP}2027",
        ),
        ("du=2027-12-01", f"Activités, à partir du 1er{NBSP}décembre{NBSP}2027"),
        ("au=2027-12-01", f"Activités, jusqu’au 1er{NBSP}décembre{NBSP}2027"),
    ],
)
def test_a_filter_is_said_in_plain_words(app: Flask, query: str, phrase: str) -> None:
    with app.app_context():
        assert describe(read(query)) == phrase


@pytest.mark.usefixtures("directory")
def test_a_municipality_that_never_was_is_told(app: Flask) -> None:
    with app.app_context():
        for query in ("municipalite=00000", "pres=00000"):
            with pytest.raises(NotFound):
                read(query).of_today()
