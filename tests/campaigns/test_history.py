from datetime import date

from sqlalchemy.orm import Session

from campaign.campaigns import queries, services
from campaign.campaigns.history import load_editions


def test_ten_published_editions_keep_their_dates_and_figures(session: Session) -> None:
    added = load_editions()

    assert added == 10
    assert [
        (edition.number, edition.year, edition.start_on, edition.end_on, edition.published_figure)
        for edition in reversed(queries.list_editions())
    ] == [
        (1, 2016, date(2016, 11, 20), date(2016, 11, 26), ""),
        (2, 2017, date(2017, 11, 19), date(2017, 11, 25), ""),
        (3, 2018, date(2018, 11, 18), date(2018, 11, 24), ""),
        (4, 2019, None, None, ""),
        (5, 2020, date(2020, 11, 15), date(2020, 11, 21), ""),
        (6, 2021, date(2021, 11, 15), date(2021, 11, 21), ""),
        (7, 2022, date(2022, 11, 14), date(2022, 11, 20), ""),
        (8, 2023, date(2023, 11, 20), date(2023, 11, 26), "plus de 400"),
        (9, 2024, date(2024, 11, 18), date(2024, 11, 24), "plus de 430"),
        (10, 2025, date(2025, 11, 17), date(2025, 11, 23), "près de 450"),
    ]


def test_each_published_edition_says_where_it_was_read(session: Session) -> None:
    load_editions()

    editions = queries.list_editions()

    assert len({edition.source_url for edition in editions}) == 10
    assert all(edition.source_url.startswith("http") for edition in editions)
    assert not any(edition.is_simulated for edition in editions)


def test_day_j_exists_since_the_flags_of_2023(session: Session) -> None:
    load_editions()

    days = {edition.number: edition.flag_on for edition in queries.list_editions() if edition.flag_on}

    assert days == {8: date(2023, 11, 20), 9: date(2024, 11, 18), 10: date(2025, 11, 17)}


def test_loading_again_adds_and_rewrites_nothing(session: Session) -> None:
    load_editions()
    queries.get_edition(9).theme = "Corrigé par l’équipe"
    session.flush()

    added = load_editions()

    assert added == 0
    assert queries.get_edition(9).theme == "Corrigé par l’équipe"
    assert len(queries.list_editions()) == 10


def test_an_edition_already_open_under_that_number_is_kept(session: Session) -> None:
    services.open_edition(10, date(2025, 11, 17), theme="Le nôtre")

    added = load_editions()

    assert added == 9
    assert queries.get_edition(10).theme == "Le nôtre"
