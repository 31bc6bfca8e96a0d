from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns import queries, services
from campaign.campaigns.history import load_editions
from campaign.campaigns.models import Organization
from campaign.errors import CampaignError, Conflict


def test_open_edition_lasts_seven_days_with_day_j_first(session: Session) -> None:
    edition = services.open_edition(12, date(2027, 11, 15), theme="  Grandir ensemble ")

    assert (edition.year, edition.start_on, edition.end_on, edition.flag_on, edition.theme) == (
        2027,
        date(2027, 11, 15),
        date(2027, 11, 21),
        date(2027, 11, 15),
        "Grandir ensemble",
    )


def test_open_edition_takes_any_first_day(session: Session) -> None:
    edition = services.open_edition(12, date(2027, 5, 9), flag_on=date(2027, 5, 11))

    assert (edition.end_on, edition.flag_on) == (date(2027, 5, 15), date(2027, 5, 11))


@pytest.mark.parametrize(
    ("number", "start_on", "flag_on", "message"),
    [
        (12, date(2030, 11, 18), None, "La 12e édition existe déjà. Choisissez un autre numéro."),
        (0, date(2030, 11, 18), None, "Inscrivez un numéro d’édition d’au moins 1."),
        (13, date(2027, 3, 1), None, "L’année 2027 a déjà son édition. Choisissez d’autres dates."),
        (
            13,
            date(2027, 11, 21),
            None,
            "La 12e édition se tient déjà du 15 au 21\u00a0novembre\u00a02027. Choisissez d’autres dates.",
        ),
        (
            13,
            date(2028, 11, 20),
            date(2028, 11, 27),
            "Choisissez un jour du lever dans la semaine du 20 au 26\u00a0novembre\u00a02028.",
        ),
    ],
)
def test_open_edition_refuses_what_cannot_be(
    session: Session, number: int, start_on: date, flag_on: date | None, message: str
) -> None:
    services.open_edition(12, date(2027, 11, 15))

    with pytest.raises(CampaignError) as refusal:
        services.open_edition(number, start_on, flag_on=flag_on)

    assert refusal.value.message == message
    assert [edition.number for edition in queries.list_editions()] == [12]


def test_a_week_across_new_year_overlaps_the_one_that_follows(session: Session) -> None:
    services.open_edition(12, date(2027, 12, 28))

    with pytest.raises(Conflict):
        services.open_edition(13, date(2028, 1, 3))
    assert services.open_edition(13, date(2028, 1, 4)).year == 2028


def test_change_edition_moves_the_week_within_its_own_days(session: Session) -> None:
    edition = services.open_edition(12, date(2027, 11, 15))

    services.change_edition(edition, start_on=date(2027, 11, 16), theme="Nouveau", flag_on=date(2027, 11, 17))

    assert (edition.start_on, edition.end_on, edition.flag_on, edition.theme) == (
        date(2027, 11, 16),
        date(2027, 11, 22),
        date(2027, 11, 17),
        "Nouveau",
    )


def test_change_edition_refuses_the_week_of_another(session: Session) -> None:
    services.open_edition(11, date(2026, 11, 16))
    edition = services.open_edition(12, date(2027, 11, 15))

    with pytest.raises(Conflict):
        services.change_edition(edition, start_on=date(2026, 11, 20), theme="")

    assert edition.start_on == date(2027, 11, 15)


def test_published_editions_stay_as_published(session: Session) -> None:
    load_editions()

    with pytest.raises(Conflict) as refusal:
        services.change_edition(queries.get_edition(9), start_on=date(2024, 11, 11), theme="Autre")

    assert refusal.value.message == "Cette édition est conservée telle que publiée. Elle ne se modifie pas."
    assert queries.get_edition(9).start_on == date(2024, 11, 18)


def test_organization_is_nameless_until_it_is_said(session: Session) -> None:
    carrier = queries.organization()

    assert (carrier.name, carrier.prefix, carrier.campaign_name) == (
        "",
        "GSTP",
        "Grande semaine des tout-petits",
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(Organization)) == 0


def test_organization_is_one_row_that_is_corrected(session: Session) -> None:
    services.set_organization("Un collectif", contact="bonjour@example.org")
    services.set_organization("Le collectif", postal_address="1, rue de l’Exemple")

    carriers = session.scalars(sa.select(Organization)).all()

    assert [(c.name, c.postal_address, c.contact) for c in carriers] == [
        ("Le collectif", "1, rue de l’Exemple", "")
    ]
