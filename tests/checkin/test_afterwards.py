"""The day after: attestations by their rule, thanks once to whoever came, answers without a name."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from itertools import pairwise

import pypdfium2
import pytest
import sqlalchemy as sa

from campaign.checkin import afterwards, attestations, presence, surveys
from campaign.checkin.attestations import Standing
from campaign.checkin.presence import Presence
from campaign.checkin.surveys import SurveyAnswers
from campaign.db import db
from campaign.errors import Conflict, Gone, NotFound
from campaign.events.models import Event, EventState
from campaign.identifiers import hash_token
from campaign.outbox.models import Message
from campaign.registrations import queries
from campaign.registrations.models import Attendee, AttestationRule, Survey, SurveyAnswer
from tests.checkin.gathering import AFTER, admit, attendee, event_of, walk_in
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
LAST = datetime(2022, 2, 17, 15, tzinfo=AFTER.tzinfo)
"""The day after the second date of the first group."""


class Course:
    """A training of two dates, and somebody who came to some of them."""

    def __init__(self, rule: AttestationRule, *attended: int) -> None:
        self.rules, (group, _other) = world.training()
        self.rules.attestation = rule
        self.one = attendee(register(self.rules, person("Zoé", cohort_id=group.id)))
        self.event = event_of(self.rules)
        for number in attended:
            admit(self.event, self.event.sessions[number], self.one)

    def standing(self, now: datetime = LAST) -> Standing:
        return attestations.attestation_of(self.one, self.event, self.rules, now=now).standing


BETWEEN = LAST - 30 * DAY


@pytest.mark.parametrize(
    ("rule", "attended", "now", "standing"),
    [
        (AttestationRule.NONE, (0, 1), LAST, Standing.NONE_GIVEN),
        (AttestationRule.ALL, (0, 1), LAST, Standing.DUE),
        (AttestationRule.ALL, (0,), BETWEEN, Standing.NOT_OVER),
        (AttestationRule.ALL, (0,), LAST, Standing.MISSED),
        (AttestationRule.ALL, (), BETWEEN, Standing.MISSED),
        (AttestationRule.ANY, (0,), BETWEEN, Standing.DUE),
        (AttestationRule.ANY, (1,), LAST, Standing.DUE),
        (AttestationRule.ANY, (), BETWEEN, Standing.NOT_OVER),
        (AttestationRule.ANY, (), LAST, Standing.MISSED),
    ],
)
def test_an_attestation_follows_the_rule_of_the_organizer(
    rule: AttestationRule, attended: tuple[int, ...], now: datetime, standing: Standing
) -> None:
    assert Course(rule, *attended).standing(now) is standing


def test_nobody_leaves_with_an_attestation_before_the_end() -> None:
    course = Course(AttestationRule.ANY, 0)
    ends_at = course.event.sessions[0].ends_at
    assert ends_at is not None

    minutes = [course.standing(ends_at + timedelta(minutes=n)) for n in (-1, 1)]

    assert minutes == [Standing.NOT_OVER, Standing.DUE]


def test_a_date_that_was_called_off_is_asked_of_nobody() -> None:
    course = Course(AttestationRule.ALL, 0)
    course.event.sessions[1].state = EventState.CANCELLED

    assert course.standing() is Standing.DUE


def test_coming_with_another_group_counts_where_one_sitting_is_enough() -> None:
    course = Course(AttestationRule.ANY, 2)

    assert course.standing(datetime(2022, 4, 1, 12, tzinfo=AFTER.tzinfo)) is Standing.DUE


def test_following_online_counts_once_the_team_has_noted_it() -> None:
    course = Course(AttestationRule.ALL, 0)
    presence.note(
        course.event, course.event.sessions[1], {course.one.id: Presence.ONLINE}, author="Jeanne", now=LAST
    )

    assert course.standing() is Standing.DUE


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "1\u00a0heure"),
        (360, "6\u00a0heures"),
        (90, "1\u00a0heure 30\u00a0minutes"),
        (1, "1\u00a0minute"),
    ],
)
def test_lengths_are_told_in_words(minutes: int, words: str) -> None:
    assert attestations.length_text(timedelta(minutes=minutes)) == words


def test_the_paper_says_who_what_when_and_how_long() -> None:
    course = Course(AttestationRule.ALL, 0, 1)
    known = attestations.attestation_of(course.one, course.event, course.rules, now=LAST)

    pdf = attestations.render(course.one, course.event, known, given_by="Collectif petite enfance", now=LAST)

    text = text_of(pdf)
    for words in (
        "Zoé Tremblay", "CPE La Farandole", "Formation 0-5 ans", "Mercredi 15 décembre 2021",
        "16 février 2022", "Durée totale : 6 heures", "Collectif petite enfance", "Fait le 17 février 2022",
    ):  # fmt: skip
        assert words in text
    assert b"pdfuaid" in pdf


def test_no_length_is_told_when_the_end_of_a_sitting_is_not_known() -> None:
    course = Course(AttestationRule.ALL, 0, 1)
    course.event.sessions[1].ends_at = None

    known = attestations.attestation_of(course.one, course.event, course.rules, now=LAST)

    assert known.length is None
    pdf = attestations.render(course.one, course.event, known, given_by="Collectif", now=LAST)
    assert "Durée" not in text_of(pdf)


@pytest.mark.parametrize("name", ["ᐃᓄᒃᑎᑐᑦ", "Zoé 🎈", "#strong[x]"])
def test_no_name_stops_the_attestation(name: str) -> None:
    course = Course(AttestationRule.ALL, 0, 1)
    course.one.first_name = name
    known = attestations.attestation_of(course.one, course.event, course.rules, now=LAST)

    pdf = attestations.render(course.one, course.event, known, given_by="Collectif", now=LAST)

    assert pdf.startswith(b"%PDF")


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        page = document[0]
        words = page.get_textpage()
        text: str = words.get_text_bounded()
        words.close()
        page.close()
    finally:
        document.close()
    return text.replace("\u00a0", " ")


# --- thanks -------------------------------------------------------------------------------------------


def gathering_held() -> tuple[Event, list[Attendee]]:
    """Two came, one did not, one came without a ticket nor an address."""
    rules = world.gathering(attestation=AttestationRule.ANY)
    people = [
        attendee(register(rules, person(name, email=f"{number}@exemple.quebec")))
        for number, name in enumerate(["Zoé", "Marc", "Absent"])
    ]
    event = event_of(rules)
    admit(event, event.sessions[0], *people[:2])
    walk_in(event, event.sessions[0], "Ahmed")
    return event, people


def thanks() -> dict[str, Message]:
    rows = db.session.scalars(sa.select(Message).where(Message.template == "gathering_survey"))
    return {row.to_email: row for row in rows}


def test_whoever_came_is_thanked_once_the_day_after() -> None:
    event, _people = gathering_held()

    letters = [afterwards.advance(event, now=AFTER + n * DAY).letters for n in (-1, 0, 1)]

    assert letters == [0, 2, 0]
    assert set(thanks()) == {"0@exemple.quebec", "1@exemple.quebec"}


def test_thanks_leave_at_a_decent_hour_of_the_place() -> None:
    event, _people = gathering_held()

    afterwards.advance(event, now=AFTER.replace(hour=5))

    assert {row.not_before for row in thanks().values()} == {AFTER.replace(hour=12, minute=0)}


def test_thanks_that_would_come_too_late_are_not_sent() -> None:
    event, _people = gathering_held()

    assert afterwards.advance(event, now=AFTER + afterwards.TOO_LATE).letters == 0


def test_the_letter_has_the_attestation_when_it_is_due_and_a_questionnaire_of_its_own() -> None:
    event, _people = gathering_held()

    afterwards.advance(event, now=AFTER)

    letters = list(thanks().values())
    links = [next(word for word in row.text.split() if "/bilan/" in word) for row in letters]
    assert len(set(links)) == 2
    assert all("/attestation" in row.text and "/attestation" in row.html for row in letters)
    token = links[0].rpartition("/")[2]
    assert db.session.scalar(sa.select(Survey).where(Survey.token_hash == hash_token(token))) is not None


def test_a_letter_without_attestation_does_not_speak_of_it() -> None:
    event, _people = gathering_held()
    queries.get_rules(event.id).attestation = AttestationRule.NONE

    afterwards.advance(event, now=AFTER)

    assert not any("ttestation" in row.text + row.html for row in thanks().values())


def test_thanks_are_written_some_at_a_time_and_nobody_who_waits_keeps_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(afterwards, "AT_ONCE", 2)
    rules = world.gathering()
    people = [
        attendee(register(rules, person(f"P{number}", email=f"{number}@exemple.quebec")))
        for number in range(5)
    ]
    event = event_of(rules)
    admit(event, event.sessions[0], *people)
    for one in people[:2]:  # they have no address: they are considered, and pass
        one.email = one.registration.email = ""
    db.session.flush()

    told, after = [], 0
    while not told or told[-1].is_left:
        told.append(afterwards.advance(event, after=after, now=AFTER))
        after = told[-1].last

    assert [(batch.letters, batch.is_left) for batch in told] == [(0, True), (2, True), (1, False)]
    assert set(thanks()) == {f"{number}@exemple.quebec" for number in (2, 3, 4)}


def test_a_second_date_to_come_holds_the_thanks_back() -> None:
    course = Course(AttestationRule.ALL, 0)

    letters = [afterwards.advance(course.event, now=now).letters for now in (BETWEEN, LAST)]

    assert letters == [0, 1]


# --- the questionnaire --------------------------------------------------------------------------------


class Asked:
    """People who came and were asked."""

    def __init__(self, people: int) -> None:
        rules = world.gathering()
        came = [
            attendee(register(rules, person(f"P{number}", email=f"{number}@exemple.quebec")))
            for number in range(people)
        ]
        self.event = event_of(rules)
        admit(self.event, self.event.sessions[0], *came)
        afterwards.advance(self.event, now=AFTER)
        self.tokens = [
            next(word for word in row.text.split() if "/bilan/" in word).rpartition("/")[2]
            for row in thanks().values()
        ]

    def answer(self, *told: SurveyAnswers) -> None:
        for token, answers in zip(self.tokens, told, strict=False):
            assert surveys.answer(token, answers, now=AFTER)


def test_a_link_answers_once_and_the_day_alone_is_kept_with_the_person() -> None:
    asked = Asked(1)

    kept = [
        surveys.answer(asked.tokens[0], SurveyAnswers(score=score, liked="Tout"), now=AFTER)
        for score in (5, 1)
    ]

    assert kept == [True, False]
    assert [row.score for row in db.session.scalars(sa.select(SurveyAnswer))] == [5]
    assert [row.answered_on for row in db.session.scalars(sa.select(Survey))] == [AFTER.date()]


CLOSING = timedelta(days=surveys.OPEN_DAYS)


def test_the_letter_says_until_when_and_the_link_answers_until_the_end_of_that_day() -> None:
    asked = Asked(2)
    last_hour = AFTER - DAY + CLOSING + timedelta(hours=14, minutes=59)  # 23 h 59 there, in winter

    (letter, _other) = thanks().values()
    kept = surveys.answer(asked.tokens[0], SurveyAnswers(score=5), now=last_hour)
    with pytest.raises(Gone):
        surveys.answer(asked.tokens[1], SurveyAnswers(score=5), now=last_hour + timedelta(minutes=1))

    assert kept
    assert surveys.closes_on(asked.event) == (AFTER - DAY + CLOSING).date()
    until = "Vous pouvez répondre jusqu’au vendredi 12\u00a0novembre\u00a02027."
    assert (until in letter.text, until in unescape(letter.html)) == (True, True)
    assert surveys.results_of(asked.event.id).answered == 1


def test_the_questionnaire_closes_after_the_last_date_that_is_held() -> None:
    course = Course(AttestationRule.NONE)
    last = course.event.sessions[-1]
    assert last.starts_on is not None
    whole = surveys.closes_on(course.event)

    last.state = EventState.CANCELLED
    shortened = surveys.closes_on(course.event)

    assert whole == last.starts_on + CLOSING
    assert shortened is not None
    assert shortened < whole


def test_nothing_of_an_answer_leads_to_a_person() -> None:
    columns = set(SurveyAnswer.__table__.columns.keys())

    assert columns == {"id", "event_id", "score", "liked", "improve"}


def test_the_numbers_of_answers_do_not_tell_their_order() -> None:
    asked = Asked(8)
    asked.answer(*(SurveyAnswers(score=3, liked=str(number)) for number in range(8)))

    rows = db.session.scalars(sa.select(SurveyAnswer).order_by(SurveyAnswer.id)).all()
    gaps = {later.id - earlier.id for earlier, later in pairwise(rows)}

    assert len(rows) == 8
    assert 1 not in gaps


def test_results_wait_for_enough_answers() -> None:
    asked = Asked(surveys.ENOUGH)
    asked.answer(*[SurveyAnswers(score=4, liked="Le café")] * (surveys.ENOUGH - 1))
    few = surveys.results_of(asked.event.id)

    assert (few.sent, few.answered, few.is_shown, list(few.answers)) == (5, 4, False, [])
    with pytest.raises(Conflict):
        surveys.get_shown_results(asked.event.id)


def test_results_say_the_average_and_the_texts_in_an_order_of_their_own() -> None:
    told = [SurveyAnswers(score=score, liked=words) for score, words in
            ((2, "z"), (5, "b"), (4, ""), (5, "a"), (5, "c"))]  # fmt: skip
    asked = Asked(6)
    asked.answer(*told)

    results = surveys.get_shown_results(asked.event.id)

    assert (results.sent, results.answered, results.average) == (6, 5, "4,2")
    assert [(one.score, one.liked) for one in results.answers] == [
        (5, "a"), (5, "b"), (5, "c"), (4, ""), (2, "z"),
    ]  # fmt: skip
    assert results.by_score == [(5, 3), (4, 1), (3, 0), (2, 1), (1, 0)]


def test_a_link_that_was_never_given_opens_nothing() -> None:
    with pytest.raises(NotFound):
        surveys.get_survey("inconnu")
