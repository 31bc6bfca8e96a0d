"""The figures always make the whole, for whoever looks; lists and files say what became of each address."""

import csv
import random
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.mailings import ledger, queries, services
from campaign.mailings.audiences import LABELS, Reason
from campaign.mailings.filters import Filters
from campaign.mailings.ledger import Reach, Totals
from campaign.mailings.models import Decision, Mailing, Recipient, RecipientTerritory
from campaign.outbox.models import Message, MessageState, Suppression
from campaign.participations.services import decline
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory
from campaign.web.spreadsheets import csv_lines
from tests.board.world import BAIE_COMEAU, CLERK, PERCE, RIMOUSKI, SAYABEC, register
from tests.mailings.world import AFTER, BEFORE, MOMENT, became, open_campaign, recipient_of, send
from tests.queries import count_queries

EVERYTHING = Filters()


def tally_of(mailing: Mailing, regions: frozenset[str] | None = None) -> ledger.Tally:
    return ledger.tallies(mailing.edition_id, regions=regions, now=AFTER)[mailing.id]


def listed(
    mailing: Mailing, filters: Filters = EVERYTHING, regions: frozenset[str] | None = None
) -> list[str]:
    edition = edition_of(mailing)
    rows = ledger.list_rows(mailing, edition, filters, regions=regions)
    assert len(rows) == ledger.count_rows(mailing, filters, regions=regions)
    return [row.territories[0].name if row.territories else row.recipient.email for row in rows]


def edition_of(mailing: Mailing) -> Edition:
    return db.session.get_one(Edition, mailing.edition_id)


# --- counting -----------------------------------------------------------------------------------------


def random_world(seed: int) -> Mailing:
    """A mailing whose ledger holds anything at all."""
    chance = random.Random(seed)
    edition = open_campaign()
    mailing = queries.get_mailing(edition, "invitation")
    territories = db.session.scalars(sa.select(Territory)).all()
    for number in range(chance.randrange(1, 60)):
        recipient = Recipient(
            mailing_id=mailing.id,
            key=f"adresse-{number}",
            email=f"adresse-{number}@exemple.quebec",
            decision=chance.choice(list(Decision)),
            decided_at=MOMENT,
        )
        if recipient.decision is Decision.EXCLUDED:
            recipient.reason = chance.choice([*Reason, "une_raison_d_une_autre_annee"])
            recipient.detail = chance.choice(["Déjà inscrite", "A décliné (entre-temps)", ""])
        if chance.random() < 0.9:
            recipient.message_id = random_letter(chance, number).id
        db.session.add(recipient)
        db.session.flush()
        for territory in chance.sample(list(territories), chance.randrange(0, 3)):
            db.session.add(RecipientTerritory(recipient_id=recipient.id, territory_id=territory.id))
    db.session.flush()
    return mailing


def random_letter(chance: random.Random, number: int) -> Message:
    message = Message(
        template="",
        to_email=f"adresse-{number}@exemple.quebec",
        subject="Invitation",
        text="",
        html="",
        message_id=f"<{number}@exemple.quebec>",
        state=chance.choice(list(MessageState)),
        not_before=MOMENT,
        created_at=MOMENT,
        sent_at=chance.choice([None, AFTER - timedelta(minutes=1), MOMENT]),
    )
    db.session.add(message)
    db.session.flush()
    return message


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("regions", [None, frozenset({"01"}), frozenset({"01", "09"}), frozenset()])
def test_each_address_is_counted_once(session: Session, seed: int, regions: frozenset[str] | None) -> None:
    mailing = random_world(seed)
    rows = ledger.list_rows(mailing, edition_of(mailing), EVERYTHING, regions=regions)

    tally = ledger.tallies(mailing.edition_id, regions=regions, now=AFTER).get(mailing.id, ledger.NOTHING)

    decisions = Counter(row.recipient.decision for row in rows)
    assert tally.considered == len(rows)
    assert (tally.included, tally.left_out) == (decisions[Decision.INCLUDED], decisions[Decision.EXCLUDED])
    assert sum(tally.excluded.values()) + sum(tally.letters.values()) == len(rows)
    assert tally.letters == Counter(
        row.message.state if row.message else None
        for row in rows
        if row.recipient.decision is Decision.INCLUDED
    )
    assert tally.processed + tally.waiting == tally.included


def test_an_answer_is_told_by_its_sentence_and_a_day_by_its_reason() -> None:
    told = [
        ledger.sentence_of(Reason.STATE, "Déjà inscrite"),
        ledger.sentence_of(Reason.STATE, "A décliné (entre-temps)"),
        ledger.sentence_of(Reason.UNSUBSCRIBED, "Désabonnée depuis le 3 mai 2027"),
        ledger.sentence_of(Reason.CEREMONY, ""),
        ledger.sentence_of("d_une_autre_annee", "Autre chose"),
    ]

    assert told == [
        "Déjà inscrite",
        "A décliné",
        LABELS[Reason.UNSUBSCRIBED],
        LABELS[Reason.CEREMONY],
        "Autre chose",
    ]


def test_the_ledger_of_a_mailing_that_left(session: Session) -> None:
    edition = open_campaign()
    register(edition, SAYABEC, now=BEFORE)
    mailing = send(edition)
    became(mailing, RIMOUSKI, MessageState.DELIVERED)
    became(mailing, PERCE, MessageState.UNCERTAIN)

    tally = tally_of(mailing)

    assert tally.excluded == {"Déjà inscrite": 1}
    assert tally.letters == {
        MessageState.DELIVERED: 1,
        MessageState.UNCERTAIN: 1,
        MessageState.QUEUED: 1,
    }
    assert (tally.considered, tally.waiting, tally.gone, tally.troubled) == (4, 1, 1, 1)


def test_the_pace_is_that_of_the_last_minutes(session: Session) -> None:
    mailing = send(open_campaign())
    became(mailing, RIMOUSKI, MessageState.SENT, at=AFTER - timedelta(minutes=10))
    became(mailing, SAYABEC, MessageState.SENT, at=AFTER - timedelta(minutes=2))
    became(mailing, PERCE, MessageState.SENT, at=AFTER - timedelta(minutes=1))

    assert tally_of(mailing).per_minute(AFTER) == 1.0


def test_counts_those_who_answered_after_their_letter(session: Session) -> None:
    edition = open_campaign()
    mailing = send(edition)
    for code in (SAYABEC, RIMOUSKI, BAIE_COMEAU):
        became(mailing, code, MessageState.DELIVERED)
    register(edition, PERCE, now=AFTER + timedelta(hours=1))  # its letter never left
    register(edition, SAYABEC, now=AFTER + timedelta(hours=1))
    decline(edition, get_territory(BAIE_COMEAU), author=CLERK, now=AFTER + timedelta(hours=2))
    session.flush()

    answered = {
        regions: ledger.count_answered(edition.id, regions=regions)
        for regions in (None, frozenset({"01"}), frozenset({"02"}))
    }

    assert answered == {None: {mailing.id: 2}, frozenset({"01"}): {mailing.id: 1}, frozenset({"02"}): {}}


def test_a_coordinator_counts_and_lists_their_regions_only(session: Session) -> None:
    mailing = send(open_campaign())

    mine = frozenset({"09"})

    assert tally_of(mailing, mine).considered == 1
    assert listed(mailing, regions=mine) == ["Baie-Comeau"]
    assert listed(mailing, regions=frozenset()) == []


def test_what_the_ledger_says_of_another_region_stays_hidden(session: Session) -> None:
    """One person answers for two municipalities of two regions: the letter is about the one that is left."""
    edition = open_campaign()
    for code in (RIMOUSKI, BAIE_COMEAU):
        get_territory(code).email = "partagee@exemple.quebec"
    decline(edition, get_territory(BAIE_COMEAU), author=CLERK, now=BEFORE)
    session.flush()
    mailing = send(edition)
    recipient = recipient_of(mailing, RIMOUSKI)
    session.add(
        RecipientTerritory(recipient_id=recipient.id, territory_id=get_territory(BAIE_COMEAU).id)
    )  # a letter about both, one of which declined
    session.flush()

    (row,) = ledger.list_rows(mailing, edition, Filters(q="rimouski"), regions=frozenset({"01"}))
    (whole,) = ledger.list_rows(mailing, edition, Filters(q="rimouski"), regions=None)

    assert "Baie-Comeau" in whole.detail
    assert (row.detail, [place.name for place in row.territories]) == ("", ["Rimouski"])


# --- lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(decision=Decision.EXCLUDED), ["Sayabec"]),
        (Filters(reason=Reason.STATE), ["Sayabec"]),
        (Filters(reason=Reason.KIT), []),
        (Filters(state=MessageState.BOUNCED), ["L’Isle-Verte"]),
        (Filters(region="09"), ["Baie-Comeau"]),
        (Filters(q="baie comeau"), ["Baie-Comeau"]),
        (Filters(q="96020"), ["Baie-Comeau"]),
        (Filters(q="INFO@10043"), ["Rimouski"]),
        (Filters(q="%"), []),
        (Filters(to_call=True), ["L’Isle-Verte"]),
    ],
)
def test_each_filter(session: Session, filters: Filters, names: list[str]) -> None:
    edition = open_campaign()
    register(edition, SAYABEC, now=BEFORE)
    mailing = send(edition)
    became(mailing, PERCE, MessageState.BOUNCED, why="550 5.1.1")

    assert listed(mailing, filters) == names


def test_filters_read_what_they_wrote_and_ignore_the_rest() -> None:
    filters = Filters(decision=Decision.EXCLUDED, reason=Reason.KIT, region="01", to_call=True, q="x", page=3)

    assert Filters.read(filters.address(page=3)) == filters
    assert Filters.read({"motif": "rien", "message": "?", "page": "-1", "decision": "peut-être"}) == Filters()
    assert not Filters(page=4).is_narrowed
    assert Filters(q="x").is_narrowed


def test_whom_to_telephone_and_whom_to_try_next(session: Session) -> None:
    edition = open_campaign()
    for code in (RIMOUSKI, PERCE):
        get_territory(code).phone = "4187243000"
    get_territory(SAYABEC).email = ""
    session.add_all(
        [
            Contact(
                territory_id=get_territory(RIMOUSKI).id,
                email="lise@exemple.quebec",
                first_name="Lise",
                last_name="Bolduc",
                role="Greffière",
                phone="4187243001",
                extension="4",
                created_at=BEFORE,
            )
        ]
    )
    session.flush()
    mailing = send(edition)
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    became(mailing, PERCE, MessageState.FAILED)
    became(mailing, BAIE_COMEAU, MessageState.DELIVERED)

    rows = ledger.list_rows(mailing, edition, Filters(to_call=True), regions=None)

    assert {row.territories[0].name: row.reach for row in rows} == {
        "L’Isle-Verte": Reach(phone="4187243000"),
        "Rimouski": Reach(name="Lise Bolduc", role="Greffière", phone="4187243001", extension="4"),
        "Sayabec": Reach(),
    }


def test_nobody_telephones_who_answered_since(session: Session) -> None:
    edition = open_campaign()
    mailing = send(edition)
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    became(mailing, PERCE, MessageState.BOUNCED)

    register(edition, PERCE, now=AFTER)

    assert listed(mailing, Filters(to_call=True)) == ["Rimouski"]


def test_a_retained_letter_is_a_dead_address_unless_its_owner_unsubscribed(session: Session) -> None:
    mailing = send(open_campaign())
    for code in (RIMOUSKI, PERCE):
        became(mailing, code, MessageState.SUPPRESSED)
    session.add(
        Suppression(email=f"info@{RIMOUSKI}.exemple.quebec", reason="550 5.1.1 User unknown", since=AFTER)
    )
    session.flush()

    assert listed(mailing, Filters(to_call=True)) == ["Rimouski"]


def test_the_list_asks_as_much_for_one_row_as_for_four(app: Flask) -> None:
    counts = []
    with app.app_context():
        session = db.session()
        session.connection(execution_options={"pavois_immediate": True})
        session.info["in_transaction"] = True
        edition = open_campaign()
        mailing = send(edition)
        for code in (SAYABEC, RIMOUSKI, PERCE, BAIE_COMEAU):
            became(mailing, code, MessageState.BOUNCED)
        for limit in (1, 4):
            session.expire_all()
            _ = mailing.id, edition.id
            with count_queries(app) as statements:
                rows = ledger.list_rows(mailing, edition, EVERYTHING, regions=None, limit=limit)
            assert len(rows) == limit
            counts.append(len(statements))
        session.info.pop("in_transaction")
        session.rollback()

    assert counts[0] == counts[1]


# --- files --------------------------------------------------------------------------------------------


def test_the_file_has_every_row_and_no_formula(session: Session) -> None:
    edition = open_campaign()
    mailing = send(edition)
    became(mailing, SAYABEC, MessageState.BOUNCED, why="=HYPERLINK(1)")
    recipient_of(mailing, RIMOUSKI).name = "+1 418"
    session.flush()

    text = "".join(
        csv_lines(ledger.LEDGER_COLUMNS, ledger.ledger_rows(mailing, edition, EVERYTHING, regions=None))
    )

    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines(), delimiter=";"))
    by_code = {row["codes"]: row for row in rows}
    assert sorted(by_code) == sorted([SAYABEC, RIMOUSKI, PERCE, BAIE_COMEAU])
    assert by_code[SAYABEC] | {"detail": ""} == {
        "adresse": "info@07105.exemple.quebec",
        "nom": "",
        "decision": "incluse",
        "motif": "",
        "detail": "",
        "variante": "Première fois",
        "municipalites": "Sayabec",
        "codes": "07105",
        "moment": "2027-08-17 09:00",
        "message": "Adresse refusée",
        "parti le": "2027-08-17 09:20",
        "ce qui s’est passé": "'=HYPERLINK(1)",
        "à appeler": "",
        "téléphone": "",
        "poste": "",
    }
    assert by_code[RIMOUSKI]["nom"] == "'+1 418"


def test_a_simulation_says_each_address_with_its_reason(session: Session) -> None:
    edition = open_campaign()
    register(edition, SAYABEC, now=BEFORE)
    get_territory(PERCE).email = ""
    session.flush()
    mailing = queries.get_mailing(edition, "invitation")

    lines = services.preview(mailing, edition, now=MOMENT)

    assert sorted(ledger.preview_rows(lines)) == [
        ("", "exclue", LABELS[Reason.NO_ADDRESS], "", "L’Isle-Verte", "2027-08-17 09:00"),
        ("info@10043.exemple.quebec", "incluse", "", "Première fois", "Rimouski", "2027-08-17 09:00"),
        ("info@96020.exemple.quebec", "incluse", "", "Première fois", "Baie-Comeau", "2027-08-17 09:00"),
        ("manon@exemple.quebec", "exclue", "Déjà inscrite", "", "Sayabec", "2027-08-17 09:00"),
    ]
    totals = Totals.of(lines)
    assert (totals.considered, totals.leaving, totals.left_out) == (4, 2, 2)
    assert totals.excluded == {"Déjà inscrite": 1, LABELS[Reason.NO_ADDRESS]: 1}
    assert [line.email for line in ledger.visible_lines(lines, frozenset({"09"}))] == [
        "info@96020.exemple.quebec"
    ]


def test_a_simulation_says_nothing_of_another_region(session: Session) -> None:
    edition = open_campaign()
    for code in (RIMOUSKI, BAIE_COMEAU):
        get_territory(code).email = "partagee@exemple.quebec"
    decline(edition, get_territory(BAIE_COMEAU), author=CLERK, now=BEFORE)
    session.flush()
    lines = services.preview(queries.get_mailing(edition, "invitation"), edition, now=MOMENT)
    mine = frozenset({"01"})

    told = {row[0]: row[2:5] for row in ledger.preview_rows(ledger.visible_lines(lines, mine), mine)}
    whole = {row[0]: row[2:5] for row in ledger.preview_rows(lines)}

    assert told["partagee@exemple.quebec"] == ("", "Première fois", "Rimouski")
    assert whole["partagee@exemple.quebec"] == (
        "Baie-Comeau\u00a0: A décliné",
        "Première fois",
        "Rimouski, Baie-Comeau",
    )
