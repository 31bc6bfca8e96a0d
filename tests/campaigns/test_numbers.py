import pytest

from campaign.campaigns.models import Edition
from campaign.campaigns.numbers import participation_number


@pytest.mark.parametrize(
    ("number", "prefix", "written"),
    [
        (412, "GSTP", "GSTP-2027-0412"),
        (1, "GSTP", "GSTP-2027-0001"),
        (10412, "JPS", "JPS-2027-10412"),
    ],
)
def test_number_carries_the_campaign_the_year_and_four_digits(number: int, prefix: str, written: str) -> None:
    assert participation_number(Edition(number=12, year=2027), number, prefix) == written
