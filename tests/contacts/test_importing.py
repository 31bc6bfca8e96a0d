"""Lists from a spreadsheet: all or nothing, said in French, harmless twice."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.contacts import services
from campaign.contacts.importing import Effect, ImportRefused, Outcome, import_contacts
from campaign.contacts.models import Basis, Consent, Contact, ContactKind, Language, Purpose
from tests.board.world import open_world
from tests.contacts.world import AUTHOR, NOW, add

HEADER = "nom;courriel;organisme;type;region;langue;source;base;date_de_la_base"
FILE = f"""{HEADER}
Ève-Marie Côté;eve@exemple.quebec;La Lanterne;média;01;;Liste de presse;adresse publiée;2025-01-15
O’Bomsawin;obomsawin@exemple.quebec;;Abonnée;;français et anglais;Kiosque;consentement;1er mars 2025
;info@cpe.exemple.quebec;CPE du Fleuve;organisme;Côte-Nord;fr;Rencontre;membre;01/02/2025
Réal;real@exemple.quebec;Fondation;partenaires;9;;Entente;;
"""


@pytest.fixture(autouse=True)
def world(session: Session) -> None:
    open_world()


def load(content: bytes | str, *, dry_run: bool = False) -> Outcome:
    return import_contacts(content, dry_run=dry_run, author=AUTHOR, now=NOW)


def effects(outcome: Outcome) -> list[Effect]:
    return [entry.effect for entry in outcome.entries]


def told(session: Session) -> list[tuple[object, ...]]:
    rows = session.scalars(sa.select(Contact).order_by(Contact.email))
    return [
        (row.email, row.full_name, row.organization, row.kind, row.region_code, row.language, row.source)
        for row in rows
    ]


def test_a_list_is_written_with_its_rights(session: Session) -> None:
    outcome = load(FILE)

    assert (outcome.is_written, effects(outcome)) == (True, [Effect.ADDED] * 4)
    assert told(session) == [
        ("eve@exemple.quebec", "Ève-Marie Côté", "La Lanterne", ContactKind.MEDIA, "01", Language.FRENCH,
         "Liste de presse"),
        ("info@cpe.exemple.quebec", "", "CPE du Fleuve", ContactKind.ORGANIZATION, "09", Language.FRENCH,
         "Rencontre"),
        ("obomsawin@exemple.quebec", "O’Bomsawin", "", ContactKind.SUBSCRIBER, None,
         Language.FRENCH_AND_ENGLISH, "Kiosque"),
        ("real@exemple.quebec", "Réal", "Fondation", ContactKind.PARTNER, "09", Language.FRENCH, "Entente"),
    ]  # fmt: skip
    rights = session.execute(
        sa.select(Consent.email, Consent.basis, Consent.purpose, Consent.source).order_by(Consent.email)
    ).all()
    assert list(map(tuple, rights)) == [
        ("eve@exemple.quebec", Basis.PUBLISHED, Purpose.CAMPAIGN, "Liste de presse"),
        ("info@cpe.exemple.quebec", Basis.MEMBER, Purpose.CAMPAIGN, "Rencontre"),
        ("obomsawin@exemple.quebec", Basis.EXPRESS, Purpose.NEWSLETTER, "Kiosque"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_french_excel_is_understood(session: Session, encoding: str) -> None:
    load(FILE.replace("\n", "\r\n").encode(encoding))

    assert told(session)[0][1:3] == ("Ève-Marie Côté", "La Lanterne")


@pytest.mark.parametrize("separator", [",", "\t"])
def test_other_separators_are_understood(session: Session, separator: str) -> None:
    load(FILE.replace(";", separator))

    assert len(told(session)) == 4


def test_a_rehearsal_writes_nothing(session: Session) -> None:
    outcome = load(FILE, dry_run=True)

    assert (outcome.is_written, outcome.count(Effect.ADDED), told(session)) == (False, 4, [])


def test_the_same_list_twice_changes_nothing(session: Session) -> None:
    load(FILE)
    before = told(session)

    again = load(FILE)

    assert effects(again) == [Effect.SAME] * 4
    assert told(session) == before
    assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 3


def test_a_second_list_updates_and_an_empty_cell_erases_nothing(session: Session) -> None:
    load(FILE)

    outcome = load(f"{HEADER}\n;eve@exemple.quebec;Le Phare;média;;;Liste de presse;;\n")

    assert effects(outcome) == [Effect.UPDATED]
    assert told(session)[0][1:5] == ("Ève-Marie Côté", "Le Phare", ContactKind.MEDIA, "01")


def test_a_list_gives_back_no_consent_that_was_withdrawn(session: Session) -> None:
    load(FILE)
    withdrawn = session.scalars(sa.select(Consent).where(Consent.basis == Basis.EXPRESS)).one()
    services.withdraw_consent(withdrawn, because="Par courriel", now=NOW)

    load(FILE.replace("O’Bomsawin", "Alanis O’Bomsawin"))

    assert session.scalars(sa.select(Consent).where(Consent.basis == Basis.EXPRESS)).all() == [withdrawn]


def test_a_list_lifts_no_refusal(session: Session) -> None:
    services.bar("eve@exemple.quebec", author=AUTHOR, now=NOW)

    load(FILE)

    rows = session.scalars(sa.select(Contact).where(Contact.email == "eve@exemple.quebec")).all()
    assert [row.do_not_solicit for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A B;a@;;média;;;Liste;;", "Ligne 2, colonne « courriel » : « a@ » n’est pas une adresse courriel."),
        ("A B;;;média;;;Liste;;", "Ligne 2, colonne « courriel » : «  » n’est pas une adresse courriel."),
        (
            "A B;a@b.ca;;maire;;;Liste;;",
            "Ligne 2, colonne « type » : « maire » n’est pas connu. "
            "Inscrivez organisme, média, partenaire ou abonné.",
        ),
        (
            "A B;a@b.ca;;média;18;;Liste;;",
            "Ligne 2, colonne « region » : la région « 18 » est inconnue. Inscrivez son code, de 01 à 17.",
        ),
        (
            "A B;a@b.ca;;média;;grec;Liste;;",
            "Ligne 2, colonne « langue » : « grec » n’est pas connu. "
            "Inscrivez français ou français et anglais.",
        ),
        ("A B;a@b.ca;;média;;;;;", "Ligne 2, colonne « source » : cette case est vide."),
        (
            "A B;a@b.ca;;média;;;Liste;membre;",
            "Ligne 2, colonne « date_de_la_base » : une base légale a besoin de sa date.",
        ),
        (
            "A B;a@b.ca;;média;;;Liste;membre;2027-13-01",
            "Ligne 2, colonne « date_de_la_base » : Cette date n’existe pas au calendrier. "
            "Inscrivez la date, par exemple « 15 novembre 2027 ».",
        ),
        (
            "A B;a@b.ca;;média;;;Liste;membre;2027-09-02",
            "Ligne 2, colonne « date_de_la_base » : cette date n’est pas encore venue.",
        ),
        (
            "A B;a@b.ca;;média;;;Liste;ami;2027-01-02",
            "Ligne 2, colonne « base » : « ami » n’est pas connu. "
            "Inscrivez consentement, membre ou adresse publiée.",
        ),
        (
            "A B;a@b.ca;;abonné;;;Liste;membre;2027-01-02",
            "Ligne 2, colonne « base » : une personne abonnée a donné son consentement exprès. "
            "Inscrivez « consentement », sa date et sa source.",
        ),
        (
            "A B;a@b.ca;;abonné;;;Liste;consentement;",
            "Ligne 2, colonne « date_de_la_base » : une base légale a besoin de sa date.",
        ),
        (
            "A B;a@b.ca;;abonné;;;;consentement;2027-01-02",
            "Ligne 2, colonne « source » : cette case est vide.",
        ),
    ],
)
def test_each_mistake_is_told_with_its_place(session: Session, line: str, problem: str) -> None:
    outcome = load(f"{HEADER}\n{line}\n")

    assert [str(each).replace("\u00a0", " ") for each in outcome.problems] == [problem]


def test_one_wrong_line_and_nothing_is_written(session: Session) -> None:
    outcome = load(FILE + "A B;pas une adresse;;média;;;Liste;;\nC D;eve@exemple.quebec;;média;;;Liste;;\n")

    assert [str(problem).replace("\u00a0", " ") for problem in outcome.problems] == [
        "Ligne 6, colonne « courriel » : « pas une adresse » n’est pas une adresse courriel.",
        "Ligne 7, colonne « courriel » : cette adresse est déjà à la ligne 2.",
    ]
    assert (outcome.is_written, told(session)) == (False, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "le fichier est vide"),
        (b"nom;courriel;type\n", "colonne « source » : cette colonne manque"),
        (f"{HEADER};mystère\n".encode(), "colonne « mystere » : cette colonne est inconnue"),
        (f"{HEADER};nom\n".encode(), "colonne « nom » : cette colonne est deux fois"),
        (f"{HEADER}\n".encode(), "aucune ligne après son en-tête"),
        (f'{HEADER}\n"A;b\n'.encode(), "un guillemet"),
        (b"\x81\x8d\x8f", "ce n’est pas du texte"),
    ],
)
def test_a_file_that_is_not_a_list_is_refused(session: Session, content: bytes, said: str) -> None:
    try:
        problems = load(content).problems
    except ImportRefused as refusal:
        problems = refusal.problems

    assert said in "\n".join(map(str, problems)).replace("\u00a0", " ")


def test_a_contact_known_under_another_type_is_another(session: Session) -> None:
    add("eve@exemple.quebec")

    assert effects(load(FILE))[0] is Effect.ADDED
