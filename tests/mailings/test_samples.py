"""Which records show a letter: awkward ones first, each once, and never an address that opens anything."""

from dataclasses import replace
from datetime import date, datetime

from campaign.mailings.audiences import Audience, Case, Ceremony, Place
from campaign.mailings.plan import FIRST_TIME, RETURNING, Brief, lay_out
from campaign.mailings.samples import MADE_UP, Sample, cut, in_mode, pick
from campaign.mailings.schedule import MailingClass, Rule
from campaign.participations.models import State
from tests.mailings.cases import BLANC_SABLON, ESCOUMINS, HEBERTVILLE, case

NOW = datetime.fromisoformat("2027-08-17T14:00:00+00:00")
MALBAIE = replace(HEBERTVILLE, id=4, geo_code="15013", name="La Malbaie", designation_name="Ville")
HA_HA = replace(HEBERTVILLE, id=5, geo_code="13080", name="Saint-Louis-du-Ha! Ha!")
ORFORD = replace(HEBERTVILLE, id=6, geo_code="45115", name="Orford", designation_name="Canton")
TWIN = replace(HEBERTVILLE, id=7, geo_code="22010", name="Saint-Gabriel", mrc_code="220", mrc_name="D’Autray")
OTHER_TWIN = replace(TWIN, id=8, geo_code="09010", mrc_code="090", mrc_name="La Mitis")
LONG = replace(HEBERTVILLE, id=9, geo_code="06020", name="Saint-Alexandre-des-Lacs-et-de-la-Rivière-Longue")
PLAIN = replace(HEBERTVILLE, id=10, geo_code="10043", name="Rimouski", designation_name="Village")


def picked(*cases: Case, past: dict[int, Ceremony] | None = None, **brief: object) -> list[Sample]:
    lines = lay_out(
        Brief(
            mailing_class=MailingClass.SERVICE,
            rule=Rule(days=-90),
            audience=Audience(states=(State.INVITED,)),
            flag_on=date(2027, 11, 15),
            has_variants=True,
            **brief,  # type: ignore[arg-type]  # one keyword at most, of its own type
        ),
        cases,
        titles={},
        now=NOW,
    )
    return pick(lines, cases, past=past or {})


def by_key(samples: list[Sample]) -> dict[str, str]:
    return {each.key: each.name for each in samples}


def test_each_awkward_name_has_its_reason() -> None:
    places = (HEBERTVILLE, ESCOUMINS, MALBAIE, HA_HA, ORFORD, TWIN, OTHER_TWIN, BLANC_SABLON, LONG)

    found = by_key(picked(*(case(place) for place in places)))

    assert found == {
        "ha-ha": "Saint-Louis-du-Ha! Ha! (Lac-Saint-Jean-Est)",
        "aux": "Les Escoumins",
        "la": "La Malbaie (Lac-Saint-Jean-Est)",
        "homonyme": "Saint-Gabriel (D’Autray)",
        "son-homonyme": "Saint-Gabriel (La Mitis)",
        "atlantique": "Blanc-Sablon (Lac-Saint-Jean-Est)",
        "canton": "Orford (Lac-Saint-Jean-Est)",
        "long": "Saint-Alexandre-des-Lacs-et-de-la-Rivière-Longue (Lac-Saint-Jean-Est)",
        "voyelle": "Hébertville (Lac-Saint-Jean-Est)",
    }


def test_two_places_of_one_mrc_are_no_homonyms_to_tell_apart_by_it() -> None:
    found = by_key(picked(case(TWIN), case(replace(OTHER_TWIN, mrc_code="220"))))

    assert "homonyme" not in found


def test_a_shared_address_shows_as_one_letter() -> None:
    shared = [case(place, email="dg@exemple.quebec") for place in (HEBERTVILLE, ORFORD, PLAIN)]

    (group,) = [each for each in picked(*shared) if each.key == "groupe"]

    assert group.name == "Hébertville et 2\u00a0autres"
    assert group.cases == tuple(shared)


def test_who_returns_is_shown_with_last_year_s_ceremony_and_its_variant() -> None:
    past = {HEBERTVILLE.id: Ceremony(day=date(2026, 11, 16), starts_at=None, time_zone="America/Toronto")}
    long = case(LONG)
    back = case(HEBERTVILLE, is_returning=True)

    found = {each.key: each for each in picked(long, back, past=past)}

    assert found["ceremonie-passee"].cases == (back,)
    assert found["ceremonie-passee"].variant == RETURNING
    assert found["long"].variant == FIRST_TIME


def test_a_person_with_a_first_name_is_shown() -> None:
    found = {each.key: each for each in picked(case(LONG), case(PLAIN, first_name="Manon"))}

    assert found["prenom"].reader.first_name == "Manon"


def test_those_who_would_get_the_letter_come_first() -> None:
    left_out = case(MALBAIE, state=State.DECLINED)
    included = case(replace(MALBAIE, id=11, geo_code="15014", name="La Minerve"))

    found = {each.key: each for each in picked(left_out, included)}

    assert found["la"].cases == (included,)


def test_those_left_out_show_the_letter_when_nobody_gets_it() -> None:
    assert by_key(picked(case(MALBAIE, state=State.DECLINED)))["la"] == "La Malbaie (Lac-Saint-Jean-Est)"


def test_ten_records_are_shown_when_nothing_is_awkward() -> None:
    plain = [case(_numbered(n)) for n in range(15)]

    found = picked(*plain)

    assert len(found) == 10
    assert len({each.reader.email for each in found}) == 10


def _numbered(number: int) -> Place:
    return replace(PLAIN, id=100 + number, geo_code=f"1{number:04}", name=f"Rimouski-{number:02}")


def test_a_list_without_anybody_gives_none() -> None:
    assert picked() == []
    assert MADE_UP.reader.first_name == "Manon"


def test_a_letter_shows_in_the_mode_asked_for() -> None:
    html = "<style>@media (prefers-color-scheme: dark) { p { color: #fff !important; } }</style>"

    assert in_mode(html, is_dark=True) == "<style>@media all { p { color: #fff !important; } }</style>"
    assert in_mode(html, is_dark=False) == "<style>@media not all { p { color: #fff !important; } }</style>"


def test_a_phone_cuts_a_long_line() -> None:
    assert cut("Court", 5) == "Court"
    assert cut("Trop long pour lui", 10) == "Trop long…"
