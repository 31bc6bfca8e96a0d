"""A file of activities: shown before it is written, whole or not at all, harmless twice."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock, jobs
from campaign.accounts import services as accounts
from campaign.accounts.models import Role, User
from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.events import activities, import_template, importing, services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.import_dates import read_dates
from campaign.events.import_fields import COLUMNS, guess
from campaign.events.importing import Plan
from campaign.events.models import (
    ActivityImport,
    Event,
    EventAction,
    EventDetails,
    EventKind,
    EventMove,
    EventState,
    Follower,
    ImportState,
    Opening,
    Session,
)
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.outbox.models import Message
from campaign.web.tables import TableRefused, read_table
from campaign.web.typed import Unreadable
from tests import builders
from tests.builders import DAY_J
from tests.events.rows import row_of

NOW = datetime(2027, 9, 1, 12, tzinfo=UTC)
HEADER = (
    "Référence;Titre;Type;Description;Organisme;Date;Début;Fin;Lieu;Municipalité;Public visé;Coût;Courriel"
)
STORY = (
    "A-1;Heure du conte;Heure du conte;Des histoires.;Bibliothèque;15 novembre 2027;10 h;11 h;"
    "Bibliothèque;Hébertville;3-5 ans;Gratuit;biblio@exemple.quebec"
)
WALK = (
    "A-2;Marche;Marche;Ensemble.;CPE La Vigie;16 nov.;9h30;;Parc;93022;famille;contribution;"
    "cpe@exemple.quebec"
)
ONLINE = "A-3;Causerie;Conférence;On jase.;CPE La Vigie;17 nov. 19 h;;;;;Parents;Gratuit;cpe@exemple.quebec"


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode("cp1252")


def received(content: bytes, *, user: User | None = None) -> ActivityImport:
    return importing.receive(
        content, file_name="activites.csv", edition=builders.edition(), user=user, now=NOW
    )


def foreseen(content: bytes, *, user: User | None = None) -> tuple[ActivityImport, Plan]:
    row = received(content, user=user)
    return row, importing.match(row, row.matching)


def written(content: bytes, *, user: User | None = None) -> ActivityImport:
    row, _plan = foreseen(content, user=user)
    importing.launch(row)
    wanted = importing.read_again(row.id)
    while importing.advance(row.id, wanted, now=NOW):
        pass
    return row


def events(session: OrmSession) -> list[Event]:
    session.flush()
    session.expire_all()
    found = sa.select(Event).options(
        selectinload(Event.sessions),
        joinedload(Event.territory),
        joinedload(Event.details).joinedload(EventDetails.organizer),
    )
    return list(session.scalars(found.order_by(Event.id)))


def told(session: OrmSession) -> list[tuple[object, ...]]:
    """All that calendars take: what is unchanged here is untouched."""
    return [
        (e.id, e.reference, e.sequence, e.updated_at, e.is_published, activities.content_of(e))
        for e in events(session)
    ]


def as_it_stands(number: int) -> ActivityImport:
    """What the worker left, whatever was read here before."""
    db.session.rollback()
    db.session.expire_all()
    return importing.get_import(number)


def problems(content: bytes, *, user: User | None = None) -> list[str]:
    return [str(problem).replace("\u00a0", " ") for problem in foreseen(content, user=user)[1].problems]


@pytest.fixture(autouse=True)
def world(request: pytest.FixtureRequest) -> None:
    if "session" in request.fixturenames:
        request.getfixturevalue("session")
        builders.edition()


# --- writing ------------------------------------------------------------------------------------------


def test_a_file_becomes_published_activities(session: OrmSession, directory: None) -> None:
    row = written(file(STORY, WALK))

    story, walk = events(session)
    assert (row.state, row.created, row.updated, row.unchanged, row.rows) == (ImportState.DONE, 2, 0, 0, [])
    assert (story.is_published, story.reference, story.edition_id) == (True, "A-1", builders.edition().id)
    assert activities.content_of(story) == ActivityContent(
        title="Heure du conte",
        activity_type=ActivityType.STORY_TIME,
        description="Des histoires.",
        organizer_name="Bibliothèque",
        sittings=(Sitting(day=DAY_J, starts=time(10), ends=time(11)),),
        place="Bibliothèque",
        geo_code=builders.HEBERTVILLE,
        audiences=(Audience.TODDLERS,),
        cost=Cost.FREE,
        contact_email="biblio@exemple.quebec",
    )
    assert walk.details is not None
    assert (walk.details.cost, walk.details.audiences) == (Cost.DONATION, [Audience.FAMILIES])
    assert [s.starts_on for s in walk.sessions] == [date(2027, 11, 16)]


def test_nothing_is_written_before_somebody_agrees(session: OrmSession, directory: None) -> None:
    row, plan = foreseen(file(STORY, WALK))

    assert (plan.created, plan.updated, plan.unchanged, plan.refused) == (2, 0, 0, 0)
    assert (row.state, importing.list_to_write(), events(session)) == (ImportState.READ, [], [])


def test_a_second_import_changes_nothing(session: OrmSession, directory: None) -> None:
    written(file(STORY, WALK))
    before = told(session)

    row = written(file(STORY, WALK))

    assert (row.created, row.updated, row.unchanged) == (0, 0, 2)
    assert told(session) == before


def test_a_corrected_file_updates_by_reference(session: OrmSession, directory: None) -> None:
    written(file(STORY, WALK))
    story, walk = told(session)

    row = written(file(STORY.replace("Heure du conte;Heure", "Conte du soir;Heure"), WALK))

    changed, same = told(session)
    assert (row.created, row.updated, row.unchanged) == (0, 1, 1)
    assert same == walk
    assert changed[0] == story[0]
    assert changed[-1] == replace(story[-1], title="Conte du soir")  # type: ignore[type-var]  # the last is a content
    assert changed[2] == 1


def test_a_cost_that_the_file_does_not_tell_is_not_made_up(session: OrmSession, directory: None) -> None:
    written(file(STORY.replace("Gratuit", "")))

    (event,) = events(session)
    assert event.details is not None
    assert event.details.cost is Cost.UNKNOWN


def test_a_file_that_moves_activities_writes_one_letter_to_whoever_follows_them(
    session: OrmSession, directory: None
) -> None:
    written(file(STORY, WALK))
    session.add_all(
        Follower(
            event_id=event.id,
            email="ana@exemple.quebec",
            token_hash=f"{event.id}",
            created_at=NOW,
            verified_at=NOW,
        )
        for event in events(session)
    )

    written(file(STORY.replace("10 h;11 h", "13 h;14 h"), WALK.replace("Parc", "Salle du conseil")))
    written(file(STORY.replace("10 h;11 h", "13 h;14 h"), WALK.replace("Parc", "Salle du conseil")))

    moves = session.scalars(sa.select(EventMove.action).order_by(EventMove.id)).all()
    assert moves == [EventAction.POSTPONE, EventAction.MOVE]
    (subject,) = session.scalars(sa.select(Message.subject))
    assert subject.replace("\u00a0", " ").startswith("2 activités changent : ")


def test_without_reference_the_organizer_title_and_town_tell(session: OrmSession, directory: None) -> None:
    header = HEADER.removeprefix("Référence;")
    story = STORY.removeprefix("A-1;")
    written(file(story, header=header))

    row = written(
        file(
            story.replace("Heure du conte;Heure", "HEURE DU CONTE!;Heure").replace("10 h", "9 h"),
            header=header,
        )
    )

    assert (row.created, row.updated, row.unchanged) == (0, 1, 0)
    assert [e.title for e in events(session)] == ["HEURE DU CONTE!"]


def test_a_reference_is_given_to_what_had_none(session: OrmSession, directory: None) -> None:
    written(file(STORY.removeprefix("A-1;"), header=HEADER.removeprefix("Référence;")))

    row = written(file(STORY))

    assert (row.created, row.updated) == (0, 1)
    assert [e.reference for e in events(session)] == ["A-1"]


def test_what_the_file_has_no_column_for_stays(session: OrmSession, directory: None) -> None:
    written(file(STORY))
    (event,) = events(session)
    assert event.details is not None
    event.details.themes = ["lecture"]
    session.flush()

    row = written(file(STORY.replace("Des histoires.", "De belles histoires.")))

    (event,) = events(session)
    assert event.details is not None
    assert (row.updated, event.description, event.details.themes) == (1, "De belles histoires.", ["lecture"])


def test_rows_of_one_reference_are_dates_of_one_activity(session: OrmSession, directory: None) -> None:
    again = "A-1;;;;;17 nov. 2027;13 h;14 h;;;;;"

    written(file(STORY, WALK, again))

    assert [len(e.sessions) for e in events(session)] == [2, 1]


def test_a_date_that_was_called_off_here_stays_so(session: OrmSession, directory: None) -> None:
    content = file(STORY.replace("15 novembre 2027", '"15 nov.; 16 nov.; 17 nov."'))
    written(content)
    (event,) = events(session)
    services.cancel_sitting(event, event.sessions[0], reason="Malade", now=NOW)
    moved = event.sessions[2]
    later = type(moved)(
        starts_on=date(2027, 11, 20),
        starts_at=moved.starts_at and moved.starts_at + timedelta(days=3),
        ends_at=moved.ends_at and moved.ends_at + timedelta(days=3),
    )
    services.postpone_sitting(event, moved, moved=later, reason="Tempête", now=NOW)
    before = told(session)

    row = written(content)

    assert (row.created, row.updated, row.unchanged) == (0, 0, 1)
    assert told(session) == before
    assert [s.state for s in events(session)[0].sessions] == [
        EventState.CANCELLED,
        None,
        EventState.POSTPONED,
    ]


@pytest.mark.parametrize("is_day_known", [True, False])
def test_a_date_that_was_postponed_then_called_off_here_stays_so(
    session: OrmSession, directory: None, is_day_known: bool
) -> None:
    written(file(STORY, "A-1;;;;;17 nov. 2027;13 h;14 h;;;;;"))
    (event,) = events(session)
    moved = Session()
    if is_day_known:
        moved = Session(starts_on=date(2027, 11, 19), starts_at=datetime(2027, 11, 19, 18, tzinfo=UTC))
    services.postpone_sitting(event, event.sessions[1], moved=moved, reason="Neige.", now=NOW)
    services.cancel_sitting(event, event.sessions[1], reason="Neige.", now=NOW)
    session.flush()

    row = written(file(STORY, "A-1;;;;;17 nov. 2027;13 h;14 h;;;;;"))

    assert (row.updated, row.unchanged) == (0, 1)
    (event,) = events(session)
    assert [each.state for each in event.sessions] == [None, EventState.CANCELLED]


def test_valid_activities_are_written_and_the_others_are_not(session: OrmSession, directory: None) -> None:
    row, plan = foreseen(file(STORY, WALK.replace("16 nov.", "31 novembre")))

    assert (plan.created, plan.refused) == (1, 1)
    importing.launch(row)
    importing.advance(row.id, importing.read_again(row.id), now=NOW)
    assert [e.title for e in events(session)] == ["Heure du conte"]
    assert importing.counts_of(row) == (1, 1)


def test_what_is_online_needs_no_town(session: OrmSession, directory: None) -> None:
    header = f"{HEADER};Format;Lien en ligne"

    written(file(f"{ONLINE};virtuel;https://example.org/causerie", header=header))

    (event,) = events(session)
    assert event.details is not None
    assert (event.territory, event.details.format, event.details.online_url) == (
        None, Format.ONLINE, "https://example.org/causerie",
    )  # fmt: skip


# --- what is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Heure du conte;Heure", ";Heure"), "Ligne 2, colonne « Titre » : cette case est vide."),
        (("15 novembre 2027", "31 novembre 2027"), "Ligne 2, colonne « Date » : cette date n’existe pas"),
        (("15 novembre 2027", "15 novembre 2026"), "loin de la semaine de 2027"),
        (("10 h", "25 h"), "Ligne 2, colonne « Date » : inscrivez l’heure"),
        (("Hébertville", "Saint-Augustin"), "98012 pour Saint-Augustin (municipalité, MRC Le Golfe"),
        (("Hébertville", "Hébertvile"), "Vouliez-vous dire Hébertville"),
        (("Hébertville", "99999"), "le code « 99999 » n’est pas au répertoire"),
        (("3-5 ans", "licornes"), "Ligne 2, colonne « Public visé » : « licornes » n’est pas connu"),
        (("Gratuit", "Payant"), "Ligne 2, colonne « Montant » : cette case est vide"),
        (("biblio@", "biblio"), "Ligne 2, colonne « Courriel » : vérifiez l’adresse courriel"),
        (("Des histoires.", "x" * 601), "ce texte a 601 caractères. Raccourcissez-le à 600."),
        ((";Bibliothèque;Hébertville", ";;Hébertville"), "Ligne 2, colonne « Lieu » : cette case est vide."),
    ],
)  # fmt: skip
def test_an_error_names_its_line_and_column_and_says_how_to_mend(
    session: OrmSession, directory: None, change: tuple[str, str], said: str
) -> None:
    found = problems(file(STORY.replace(*change)))

    assert len(found) == 1
    assert said in found[0]


def test_rows_of_one_activity_that_disagree_are_refused(session: OrmSession, directory: None) -> None:
    found = problems(file(STORY, STORY.replace("15 novembre", "16 novembre").replace("Gratuit", "5 $")))

    assert found == [
        "Ligne 3, colonne « Coût » : cette case diffère de celle de la ligne 2, qui décrit la même activité. "
        "Écrivez la même chose, ou donnez-leur une référence différente."
    ]


def test_the_same_date_twice_is_told(session: OrmSession, directory: None) -> None:
    assert problems(file(STORY, STORY)) == ["Ligne 3, colonne « Date » : cette date est déjà à la ligne 2."]


def test_a_coordinator_is_refused_what_is_elsewhere_row_by_row(session: OrmSession, directory: None) -> None:
    eve = accounts.save_user("eve@exemple.quebec", Role.COORDINATOR, region_codes=["02"], now=NOW)
    session.flush()

    row, plan = foreseen(file(STORY, WALK.replace("93022", "Rimouski")), user=eve)

    assert [str(p).replace("\u00a0", " ") for p in plan.problems] == [
        "Ligne 3, colonne « Municipalité » : cette activité n’est pas dans vos régions. Retirez la ligne."
    ]
    assert plan.created == 1
    assert row.user_id == eve.id


def test_a_coordinator_takes_no_activity_out_of_another_region(session: OrmSession, directory: None) -> None:
    written(file(WALK.replace("93022", "Rimouski")))
    eve = accounts.save_user("eve@exemple.quebec", Role.COORDINATOR, region_codes=["02"], now=NOW)
    session.flush()

    _row, plan = foreseen(file(WALK), user=eve)

    assert [problem.sentence for problem in plan.problems] == [
        "cette activité existe déjà, hors de vos régions. Retirez la ligne."
    ]
    assert plan.wanted == []


def test_a_private_meeting_is_never_taken_for_an_activity(session: OrmSession, directory: None) -> None:
    content = replace(
        ActivityContent(title="Heure du conte", organizer_name="Bibliothèque", geo_code=builders.HEBERTVILLE),
        kind=EventKind.MEETING,
        is_private=True,
    )
    activities.create(
        content, edition=builders.edition(), territory=builders.territory(builders.HEBERTVILLE), now=NOW
    )

    row = written(file(STORY))

    assert (row.created, row.updated) == (1, 0)
    assert [e.is_published for e in events(session)] == [False, True]


def test_columns_that_are_needed_must_be_chosen(session: OrmSession, directory: None) -> None:
    row = received(file(STORY, header=HEADER.replace("Organisme", "Zzz")))

    with pytest.raises(Conflict, match="Organisme"):
        importing.match(row, row.matching)


def test_a_file_of_ten_thousand_and_one_rows_is_refused(session: OrmSession, directory: None) -> None:
    with pytest.raises(TableRefused, match="10000"):
        received(file(*["x"] * 10_001))


def test_a_file_without_rows_is_refused(session: OrmSession, directory: None) -> None:
    with pytest.raises(TableRefused, match="aucune ligne"):
        received(file())


# --- a worker that dies -------------------------------------------------------------------------------


class Killed(BaseException):
    """As SIGKILL: nothing is caught, nothing is put away."""


def test_a_worker_killed_in_the_middle_leaves_nothing_half_and_the_next_one_ends(
    app: Flask, directory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [STORY.replace("A-1;Heure", f"A-{n};Heure {n}, heure") for n in range(1, 8)]
    with app.app_context():
        with transaction():
            builders.edition()
            row, _plan = foreseen(file(*lines))
            importing.launch(row)
            number = row.id
        monkeypatch.setattr(importing, "AT_ONCE", 3)
        publish, calls = services.publish, iter(range(100))

        def dies(event: Event, *, now: datetime) -> None:
            if next(calls) == 4:
                raise Killed
            publish(event, now=now)

        monkeypatch.setattr(services, "publish", dies)
        with pytest.raises(Killed):
            jobs.Worker(app).import_files(jobs.Counts())
        left = as_it_stands(number)
        assert (left.state, left.done, left.created) == (ImportState.RUNNING, 3, 3)
        assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 3

        monkeypatch.setattr(services, "publish", publish)
        db.session.rollback()
        counts = jobs.Counts()
        jobs.Worker(app).import_files(counts)

        over = as_it_stands(number)
        assert (over.state, over.done, over.created, over.updated, over.unchanged) == (
            ImportState.DONE,
            7,
            7,
            0,
            0,
        )
        assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 7
        assert counts.imported == 1


def test_what_cannot_be_written_is_set_aside_and_taken_up_again(
    app: Flask, directory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        with transaction():
            builders.edition()
            row, _plan = foreseen(file(STORY, WALK))
            importing.launch(row)
            number = row.id
        publish = services.publish
        monkeypatch.setattr(services, "publish", lambda *_args, **_kwargs: 1 / 0)
        jobs.Worker(app).import_files(jobs.Counts())
        assert as_it_stands(number).state is ImportState.FAILED
        assert importing.list_to_write() == []

        monkeypatch.setattr(services, "publish", publish)
        db.session.rollback()
        with transaction():
            importing.launch(importing.get_import(number))
        jobs.Worker(app).import_files(jobs.Counts())

        assert as_it_stands(number).created == 2


def test_a_file_that_nobody_agreed_to_is_forgotten(session: OrmSession, directory: None) -> None:
    received(file(STORY))
    written(file(WALK))

    assert importing.forget_unused(NOW + timedelta(days=6)) == 0
    assert importing.forget_unused(NOW + timedelta(days=8)) == 1


# --- columns, dates, the template ---------------------------------------------------------------------


def test_columns_are_recognized_by_their_usual_names() -> None:
    header = ["Nom de l’activité", "VILLE", "Quand?", "Heure de début", "Zzz", "Email", "titre"]

    assert guess(header) == {"title": 6, "municipality": 1, "dates": 2, "starts": 3, "contact_email": 5}


@pytest.mark.parametrize(
    ("cells", "sittings"),
    [
        (("15 nov. 10 h; 17 nov. 10 h",), [("15", "10:00", ""), ("17", "10:00", "")]),
        (("15 nov. de 10 h à 11 h 30",), [("15", "10:00", "11:30")]),
        (("2027-11-15", "10:00", "0,4583333"), [("15", "10:00", "11:00")]),
        (("46706",), [("15", "", "")]),
        (("2027-11-15 10:00",), [("15", "10:00", "")]),
        (("17/11/2027; 15/11/2027", "midi"), [("15", "12:00", ""), ("17", "12:00", "")]),
    ],
)
def test_dates_are_read_as_people_write_them(
    cells: tuple[str, ...], sittings: list[tuple[str, str, str]]
) -> None:
    found = read_dates(cells[0], **dict(zip(("starts", "ends"), cells[1:], strict=False)), year=2027)

    assert [
        (f"{s.day:%d}", f"{s.starts:%H:%M}" if s.starts else "", f"{s.ends:%H:%M}" if s.ends else "")
        for s in found
    ] == sittings


@pytest.mark.parametrize("written", ["du 15 au 21 novembre", "du 15 novembre au 21 novembre 2027"])
def test_whole_days_in_a_row_are_one_date(written: str) -> None:
    assert read_dates(written, year=2027) == (Sitting(day=DAY_J, last_day=date(2027, 11, 21)),)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"written": "demain"}, "Inscrivez la date"),
        ({"written": "15 nov.", "ends": "11 h"}, "sans celle du début"),
        ({"written": "du 21 au 15 novembre"}, "avant le premier"),
        ({"written": "du 15 au 21 novembre", "starts": "10 h"}, "n’ont pas d’heure"),
        ({"written": "15 nov.; 15 nov."}, "deux fois"),
        ({"written": "15 nov.; 16 nov.", "last_day": "17 nov."}, "une seule date"),
    ],
)
def test_a_date_that_is_not_understood_says_how_to_mend_it(cells: dict[str, str], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_dates(cells.pop("written"), year=2027, **cells)


def test_the_template_is_read_back_and_its_values_are_told() -> None:
    book = load_workbook(io.BytesIO(import_template.as_workbook()))

    assert book.sheetnames == ["Activités", "Valeurs acceptées"]
    assert [cell.value for cell in book["Activités"][1]] == [column.label for column in COLUMNS]
    assert [row[0].value for row in book["Valeurs acceptées"].iter_rows(min_row=2, max_row=4)] == [
        "Référence", "Titre", "Type",
    ]  # fmt: skip
    for content in (import_template.as_workbook(), import_template.as_csv().encode()):
        table = read_table(content, most_rows=10)
        assert guess(table.header) == {column.name: at for at, column in enumerate(COLUMNS)}
        assert len(table.rows) == 1


def test_the_example_of_the_template_is_valid(session: OrmSession, directory: None) -> None:
    assert problems(import_template.as_workbook()) == []


_WORDS = st.text(st.sampled_from("aàâbcçdeéèêîïôœ ’«»-,;:()&ÉÀ0123456789"), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
)
_TEXT = _WORDS.filter(lambda text: any(letter.isalpha() for letter in text) and not text.startswith("-"))
_SITTINGS = st.lists(
    st.builds(
        lambda after, starts, long: Sitting(
            day=DAY_J + timedelta(days=after),
            starts=starts,
            ends=time(min(starts.hour + 2, 23)) if starts and long else None,
        ),
        st.integers(-20, 20),
        st.none() | st.builds(time, st.integers(8, 20), st.sampled_from((0, 15, 30))),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: (one.day, one.starts),
).map(lambda found: tuple(sorted(found, key=lambda one: (one.day, str(one.starts)))))


def _some(words: type) -> st.SearchStrategy[tuple[object, ...]]:
    return st.sets(st.sampled_from(list(words))).map(
        lambda chosen: tuple(one for one in words if one in chosen)  # type: ignore[var-annotated]  # an enum
    )


CONTENTS = st.builds(
    ActivityContent,
    title=_TEXT,
    description=_TEXT,
    activity_type=st.sampled_from(ActivityType),
    organizer_name=_TEXT,
    organizer_kind=st.sampled_from(OrganizerKind),
    sittings=_SITTINGS,
    place=_TEXT,
    geo_code=st.sampled_from((builders.HEBERTVILLE, "98012", "01023", "10043")),
    opening=st.sampled_from((Opening.PUBLIC, Opening.RESERVED, Opening.INVITATION)),
    audiences=_some(Audience).filter(bool),
    themes=_some(Theme),
    accessibility=_some(Accessibility),
    languages=_some(SpokenLanguage).filter(bool),
    max_participants=st.none() | st.integers(1, 500),
    contact_name=st.just("") | _TEXT,
    contact_email=st.just("info@exemple.quebec"),
    is_contact_public=st.booleans(),
)


@given(contents=st.lists(CONTENTS, min_size=1, max_size=5), is_workbook=st.booleans())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_written_in_the_template_is_what_is_read(
    session: OrmSession, directory: None, contents: list[ActivityContent], is_workbook: bool
) -> None:
    rows = [row_of(each, reference=f"R{at}") for at, each in enumerate(contents)]
    content = import_template.as_workbook(rows) if is_workbook else import_template.as_csv(rows).encode()

    row, plan = foreseen(content)

    assert plan.problems == []
    assert [ActivityContent(**one.given) for one in plan.wanted] == contents
    importing.forget(row)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_has_sentences_and_writes_nothing(
    session: OrmSession, directory: None, seed: int
) -> None:
    damaged = _damage(file(STORY, WALK, header=HEADER), Random(seed))

    try:
        row, plan = foreseen(damaged)
    except (TableRefused, Conflict) as refusal:
        said: Sequence[str] = [str(refusal)]
    else:
        said = [problem.sentence for problem in plan.problems]
        assert all(2 <= problem.line <= 60 and problem.column for problem in plan.problems)
        assert plan.refused <= len(plan.problems)
        importing.forget(row)

    assert all(sentence.strip() for sentence in said)
    assert events(session) == []


def _damage(content: bytes, chance: Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(HEADER), len(spoiled))
        match chance.randrange(3):
            case 0:
                spoiled[at] = chance.randrange(256)
            case 1:
                del spoiled[at : at + chance.randint(1, 9)]
            case _:
                spoiled[at:at] = bytes(chance.choice((b";", b'"', b"\n", b"\x00", b"=1+1", b"\xe9")))
    return bytes(spoiled)


def test_an_hour_that_the_clock_skips_is_told(session: OrmSession, directory: None) -> None:
    edition = builders.edition()
    edition.start_on = date(2027, 3, 10)
    session.flush()

    found = problems(
        file(
            STORY.replace("15 novembre 2027", "14 mars 2027").replace("10 h", "2 h 30").replace("11 h", "4 h")
        )
    )

    assert ["cette heure n’existe pas ce jour-là" in each for each in found] == [True]
    assert clock.EASTERN == "America/Toronto"
