"""A proposal on its way to the calendar: who moves it, from where, and what the public sees meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import activities, changes, organizers, proposals, services
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.models import (
    Event,
    EventAction,
    EventState,
    Follower,
    Organizer,
    Proposal,
    ProposalState,
)
from campaign.events.vocabulary import OrganizerKind
from campaign.outbox.models import Message
from tests import builders
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.events.proposing import (
    EMAIL,
    LATER,
    TEAM,
    letters,
    picture,
    propose,
    published,
    submitted,
    trusted,
)
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")

State = ProposalState
ME = proposals.PROPOSER


def history(proposal: Proposal) -> list[tuple[State | None, State, str]]:
    db.session.flush()
    db.session.expire(proposal)
    moves = db.session.get_one(Proposal, proposal.id, options=proposals._WHOLE, populate_existing=True).moves
    return [(move.from_state, move.to_state, move.author) for move in moves]


def test_a_proposal_waits_for_its_address_to_be_proven() -> None:
    proposal = propose()

    assert (proposal.state, proposal.title) == (State.DRAFT, "Heure du conte en pyjama")
    assert letters() == [("proposal_verification", EMAIL)]
    assert proposals.count_for_team() == 0
    assert history(proposal) == [(None, State.DRAFT, ME)]


def test_the_letter_carries_the_link_that_opens_it() -> None:
    proposal, token = proposals.submit(
        content(), edition=builders.edition(), territory=builders.territory(), email=EMAIL, now=NOW
    )
    (letter,) = db.session.scalars(sa.select(Message)).all()

    assert f"/calendrier/proposition/{token}" in letter.text
    assert proposals.get_by_token(token) is proposal
    with pytest.raises(NotFound):
        proposals.get_by_token(token + "x")


def test_a_proven_address_submits_to_the_team() -> None:
    proposal = submitted()

    assert (proposal.state, proposal.verified_at, proposal.submitted_at) == (State.SUBMITTED, NOW, NOW)
    assert letters()[1:] == [("proposal_received", EMAIL)]
    assert history(proposal) == [(None, State.DRAFT, ME), (State.DRAFT, State.SUBMITTED, ME)]


def test_the_button_pressed_twice_submits_once() -> None:
    proposal = submitted()

    proposals.verify(proposal, now=LATER)

    assert proposal.verified_at == NOW
    assert len(letters()) == 2


def test_an_approved_proposal_is_in_the_calendar() -> None:
    image = picture()
    proposal = submitted(picture=image)

    event = proposals.approve(proposal, author=TEAM, now=LATER)

    assert (proposal.state, proposal.event, proposal.decided_at) == (State.PUBLISHED, event, LATER)
    assert event.is_published
    assert event.details is not None
    assert (event.details.picture_id, event.details.organizer_id) == (image.id, proposal.organizer_id)
    assert activities.content_of(event) == content()
    assert letters()[-1] == ("proposal_published", EMAIL)


def test_what_a_trusted_organizer_proposes_goes_out_directly() -> None:
    trusted()

    proposal = submitted()

    assert proposal.state is State.PUBLISHED
    assert proposal.event is not None
    assert proposal.event.is_published
    assert [template for template, _to in letters()] == ["proposal_verification", "proposal_published"]


def test_trust_goes_with_the_address_not_with_the_name() -> None:
    trusted()

    assert submitted(email="autre@exemple.quebec").state is State.SUBMITTED


def test_trust_ends() -> None:
    organizers.distrust(trusted(), None, now=NOW)

    assert submitted().state is State.SUBMITTED


def test_sent_back_with_a_reason_then_corrected() -> None:
    proposal = submitted()

    proposals.send_back(proposal, reason="l’heure de fin manque", author=TEAM, now=LATER)

    assert (proposal.state, proposal.reason) == (State.TO_CORRECT, "l’heure de fin manque")
    letter = db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    assert "n’a pas été publiée, car l’heure de fin manque." in letter.text
    assert proposals.link_token(proposal) in letter.text

    proposals.edit(proposal, content(title="Heure du conte"), picture=None, author=ME, now=LATER)

    assert (proposal.state, proposal.reason, proposal.title) == (State.SUBMITTED, "", "Heure du conte")


def test_sent_again_unchanged_after_being_sent_back_waits_again() -> None:
    proposal = submitted()
    proposals.send_back(proposal, reason="…", author=TEAM, now=LATER)

    assert proposals.edit(proposal, content(), picture=None, author=ME, now=LATER)

    assert proposal.state is State.SUBMITTED


def test_an_edit_before_publication_waits_with_the_rest() -> None:
    proposal = submitted()

    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    assert (proposal.state, proposals.written(proposal).title) == (State.SUBMITTED, "Contes")


def test_the_calendar_keeps_the_approved_version_until_the_change_is_read() -> None:
    proposal = published()
    event = proposal.event
    assert event is not None
    sequence = event.sequence

    changed = proposals.edit(
        proposal, content(title="Contes", place="Parc"), picture=None, author=ME, now=LATER
    )

    assert changed
    assert (proposal.state, proposals.written(proposal).title) == (State.REVISED, "Contes")
    assert (event.title, event.place, event.sequence) == (
        "Heure du conte en pyjama", "Bibliothèque municipale", sequence,
    )  # fmt: skip

    assert proposals.approve(proposal, author=TEAM, now=LATER) is event

    assert (proposal.state, event.title, event.place) == (State.PUBLISHED, "Contes", "Parc")
    assert event.sequence > sequence
    assert letters()[-1] == ("proposal_revised", EMAIL)


def test_a_trusted_organizer_changes_the_calendar_at_once() -> None:
    trusted()
    proposal = submitted()

    proposals.edit(proposal, content(place="Parc"), picture=None, author=ME, now=LATER)

    assert proposal.event is not None
    assert (proposal.state, proposal.event.place) == (State.PUBLISHED, "Parc")


def test_saying_the_same_is_no_change() -> None:
    proposal = published()

    assert not proposals.edit(proposal, content(), picture=None, author=ME, now=LATER)
    assert proposal.state is State.PUBLISHED


def test_a_change_sent_back_leaves_the_calendar_alone_and_can_be_given_up() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    proposals.send_back(proposal, reason="le lieu est fermé", author=TEAM, now=LATER)

    assert proposal.event is not None
    assert (proposal.state, proposal.event.is_published) == (State.TO_CORRECT, True)

    proposals.drop_revision(proposal, author=ME, now=LATER)

    assert (proposal.state, proposals.written(proposal)) == (State.PUBLISHED, content())
    assert proposal.title == "Heure du conte en pyjama"


def test_a_change_sent_back_and_corrected_is_a_change_again() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)
    proposals.send_back(proposal, reason="…", author=TEAM, now=LATER)

    proposals.edit(proposal, content(title="Conte"), picture=None, author=ME, now=LATER)

    assert proposal.state is State.REVISED


def test_its_author_starts_from_what_the_team_corrected() -> None:
    proposal = published()
    assert proposal.event is not None
    activities.update(proposal.event, content(place="Salle B"), territory=builders.territory(), now=LATER)

    started_from = proposals.content_to_edit(proposal)

    assert started_from == content(place="Salle B")


def test_given_up_before_publication() -> None:
    proposal = submitted()

    proposals.withdraw(proposal, author=ME, reason="Double emploi", now=LATER)

    assert proposal.state is State.WITHDRAWN
    assert history(proposal)[-1] == (State.SUBMITTED, State.WITHDRAWN, ME)
    with pytest.raises(Conflict, match="retirée"):
        proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)


def test_called_off_by_its_author_it_stays_visible() -> None:
    proposal = published()

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    assert proposal.event is not None
    event = proposal.event
    assert (event.state, event.state_reason, event.is_published) == (
        EventState.CANCELLED, "Conteuse malade", True,
    )  # fmt: skip
    assert proposals.state_label(proposal, now=LATER) == ("annulée", "off")
    with pytest.raises(Conflict, match="annulée"):
        proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)


def test_whoever_asked_is_told_that_it_is_called_off() -> None:
    proposal = published()
    db.session.add(
        Follower(
            event_id=proposal.event_id,
            email="lea@exemple.quebec",
            token_hash="x",
            created_at=NOW,
            verified_at=NOW,
        )
    )
    db.session.flush()

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    told = db.session.scalars(sa.select(Message).where(Message.to_email == "lea@exemple.quebec")).one()
    assert told.subject.startswith("Annulée")


def test_calling_off_gives_up_the_change_that_waited() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    assert (proposal.state, proposals.count_for_team()) == (State.PUBLISHED, 0)


MORNINGS = tuple(Sitting(day=DAY_J + timedelta(days=number), starts=time(10)) for number in range(3))


def decide(proposal: Proposal, change: Change) -> None:
    """The team changes the event while its author's change waits."""
    assert proposal.event_id is not None
    (event,) = changes.list_locked([proposal.event_id])
    changes.apply(event, change, author=TEAM, now=LATER)


def test_a_change_that_waited_does_not_undo_what_was_decided_meanwhile() -> None:
    proposal = published(content(sittings=MORNINGS))
    last = replace(MORNINGS[2], starts=time(14))
    told = content(title="Contes", sittings=(*MORNINGS[:2], last))
    proposals.edit(proposal, told, picture=None, author=ME, now=LATER)
    assert proposal.event is not None
    first, second, _third = (frozenset({row.id}) for row in proposal.event.sessions)

    decide(proposal, Change(action=EventAction.POSTPONE, days=7, sitting_ids=first, reason="Neige."))
    decide(proposal, Change(action=EventAction.CANCEL, sitting_ids=second, reason="Neige."))
    decide(proposal, Change(action=EventAction.MOVE, place="Gymnase", reason="Neige."))
    event = proposals.approve(proposal, author=TEAM, now=LATER)

    assert (event.title, event.place) == ("Contes", "Gymnase")
    assert [(row.starts_on, row.state) for row in event.sessions] == [
        (DAY_J + timedelta(days=7), EventState.POSTPONED),
        (DAY_J + timedelta(days=1), EventState.CANCELLED),
        (DAY_J + timedelta(days=2), None),
    ]
    assert activities.content_of(event).sittings[-1] == last


def test_a_date_that_comes_back_is_in_the_change_that_waits() -> None:
    proposal = published(content(sittings=MORNINGS))
    assert proposal.event is not None
    second = frozenset({proposal.event.sessions[1].id})
    proposals.edit(proposal, content(title="Contes", sittings=MORNINGS), picture=None, author=ME, now=LATER)

    decide(proposal, Change(action=EventAction.CANCEL, sitting_ids=second, reason="Neige."))
    decide(proposal, Change(action=EventAction.REINSTATE, sitting_ids=second))

    assert set(proposals.written(proposal).sittings) == set(MORNINGS)


@pytest.mark.parametrize(
    ("start", "move"),
    [
        (propose, lambda one: proposals.approve(one, author=TEAM, now=LATER)),
        (propose, lambda one: proposals.send_back(one, reason="…", author=TEAM, now=LATER)),
        (submitted, lambda one: proposals.cancel(one, reason="…", author=ME, now=LATER)),
        (submitted, lambda one: proposals.drop_revision(one, author=ME, now=LATER)),
        (published, lambda one: proposals.approve(one, author=TEAM, now=LATER)),
        (published, lambda one: proposals.send_back(one, reason="…", author=TEAM, now=LATER)),
        (published, lambda one: proposals.withdraw(one, author=ME, now=LATER)),
        (published, lambda one: proposals.drop_revision(one, author=ME, now=LATER)),
    ],
)
def test_a_move_that_its_state_forbids_is_refused(start, move) -> None:
    proposal = start()
    before = (proposal.state, len(letters()))

    with pytest.raises(Conflict):
        move(proposal)

    assert (proposal.state, len(letters())) == before


def test_the_same_form_sent_twice_is_one_proposal() -> None:
    first = propose(form_token="feuille")
    again = propose(form_token="feuille", now=LATER)

    assert again.id == first.id
    assert db.session.scalar(sa.select(sa.func.count(Proposal.id))) == 1
    assert len(letters()) == 1


def test_the_same_form_sent_again_corrects_what_is_not_proven() -> None:
    first = propose(form_token="feuille", email="bilbio@exemple.quebec")
    wrong_link = proposals.link_token(first)

    again = propose(content(title="Contes"), form_token="feuille", email=EMAIL, now=LATER)

    assert (again.id, again.email, again.title) == (first.id, EMAIL, "Contes")
    assert [to for _template, to in letters()] == ["bilbio@exemple.quebec", EMAIL]
    with pytest.raises(NotFound):
        proposals.get_by_token(wrong_link)


def test_an_old_form_changes_nothing_that_is_proven() -> None:
    proposal = propose(form_token="feuille")
    proposals.verify(proposal, now=NOW)

    with pytest.raises(Conflict, match="déjà soumise"):
        propose(content(title="Contes"), form_token="feuille", now=LATER)

    assert proposal.title == "Heure du conte en pyjama"


def test_what_nobody_proved_is_forgotten_after_a_month() -> None:
    propose()
    kept = submitted(content(title="Contes"))

    assert proposals.forget_drafts(NOW + timedelta(days=29)) == 0
    assert proposals.forget_drafts(NOW + timedelta(days=31)) == 1

    assert db.session.scalars(sa.select(Proposal.id)).all() == [kept.id]


def test_a_new_link_closes_the_earlier_one() -> None:
    proposal = submitted()
    earlier = proposals.link_token(proposal)

    token = proposals.reissue_link(proposal, now=LATER)

    assert proposals.get_by_token(token) is proposal
    with pytest.raises(NotFound):
        proposals.get_by_token(earlier)


def test_the_team_reads_what_waits_in_its_regions() -> None:
    here = submitted()
    elsewhere = submitted(content(geo_code=builders.MONTREAL, title="Ailleurs"))
    whole_region = submitted(content(geo_code="", region_code="02", title="Toute la région"))
    everywhere = submitted(content(geo_code="", title="En ligne"))
    propose(content(title="Pas encore prouvée"))

    def waiting(*region_codes: str) -> list[int]:
        return [one.id for one in db.session.scalars(proposals.select_for_team(set(region_codes) or None))]

    assert waiting("02") == [here.id, whole_region.id]
    assert waiting() == [here.id, elsewhere.id, whole_region.id, everywhere.id]
    assert proposals.count_for_team({"02"}) == 2
    assert [proposals.region_of(one) for one in (here, whole_region, everywhere)] == ["02", "02", None]


def test_a_duplicate_is_the_same_title_place_and_day() -> None:
    event = publish(content(title="L’heure du conte à l’Épicerie"))
    waiting = submitted(content(title="Bricolage"))
    propose(content(title="Jamais prouvée"))
    edition = builders.edition()

    def found(**changes: object) -> list[tuple[str, str]]:
        return [(one.title, one.slug) for one in proposals.list_duplicates(content(**changes), edition)]

    assert found(title="L'HEURE du conte a l'epicerie!") == [("L’heure du conte à l’Épicerie", event.slug)]
    assert found(title="bricolage") == [("Bricolage", "")]
    assert found(title="bricolage", geo_code=builders.MONTREAL) == []
    assert found(title="bricolage", sittings=(Sitting(day=date(2027, 11, 16)),)) == []
    assert found(title="Jamais prouvée") == []
    assert proposals.list_duplicates(content(title="Bricolage"), edition, except_for=waiting) == []


def test_what_is_private_is_never_named_as_a_duplicate() -> None:
    private = activities.create(
        content(title="Rencontre", is_private=True),
        edition=builders.edition(),
        territory=builders.territory(),
        now=NOW,
    )
    db.session.flush()

    assert db.session.get(Event, private.id) is not None
    assert proposals.list_duplicates(content(title="Rencontre"), builders.edition()) == []


def test_its_word_follows_from_the_event_once_published() -> None:
    proposal = published()

    def word(now: datetime) -> str:
        return proposals.state_label(proposal, now=now)[0]

    assert word(NOW) == "publiée"
    assert word(datetime(2027, 11, 15, 23, tzinfo=UTC)) == "publiée"
    assert word(datetime(2027, 11, 16, 12, tzinfo=UTC)) == "passée"
    assert word(datetime(2028, 3, 1, tzinfo=UTC)) == "archivée"
    assert proposal.event is not None
    services.withdraw(proposal.event, now=LATER)
    assert word(NOW) == "retirée"


def test_an_organizer_is_known_by_its_name_and_address() -> None:
    first = organizers.find_or_create(
        "Bibliothèque St-Jean", OrganizerKind.LIBRARY, email=EMAIL, region_code="02", now=NOW
    )
    same = organizers.find_or_create(
        "bibliotheque Saint-Jean", OrganizerKind.OTHER, email=EMAIL, region_code="06", now=LATER
    )
    other = organizers.find_or_create(
        "Bibliothèque St-Jean", OrganizerKind.LIBRARY, email="x@exemple.quebec", region_code=None, now=NOW
    )

    assert (same.id, same.kind, same.region_code) == (first.id, OrganizerKind.LIBRARY, "02")
    assert other.id != first.id
    assert [one.id for one in organizers.list_organizers({"02"})] == [first.id]
    assert {one.id for one in organizers.list_organizers()} == {first.id, other.id}
    assert db.session.scalar(sa.select(sa.func.count(Organizer.id))) == 2
