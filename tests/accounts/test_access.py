"""Who may go where."""

import pytest

from campaign.accounts import access
from campaign.accounts.access import Scope, is_inside, scope_of
from campaign.accounts.models import Role, User, UserRegion
from campaign.errors import Refused


@pytest.mark.parametrize(
    "address", ["/gestion", "/gestion/", "/gestion/municipalites?q=a&page=2", "/gestion?etat=x"]
)
def test_pages_of_the_team_may_be_returned_to(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "/gestionnaire",
        "https://ailleurs.example/gestion",
        "//ailleurs.example/gestion",
        "/\\ailleurs.example",
        "/gestion\\..\\x",
        "gestion",
        "javascript:alert(1)",
        "/gestion\r\nSet-Cookie: a=b",
        "/gestion /x",
    ],
)
def test_nobody_is_sent_elsewhere(address: str) -> None:
    assert not is_inside(address)


def test_a_coordinator_sees_their_regions_and_the_others_everything() -> None:
    regions = [UserRegion(region_code="01"), UserRegion(region_code="09")]
    coordinator = User(email="a@b.quebec", role=Role.COORDINATOR, regions=regions)

    assert scope_of(coordinator) == Scope(frozenset({"01", "09"}))
    for role in (Role.ADMIN, Role.ORGANIZER, Role.VIEWER):
        assert scope_of(User(email="a@b.quebec", role=role, regions=[])) == Scope(None)


def test_a_scope_allows_its_regions_only() -> None:
    scope = Scope(frozenset({"01"}))

    assert (scope.allows("01"), scope.allows("02"), scope.allows(None)) == (True, False, False)
    assert (Scope(None).allows("02"), Scope(None).allows(None)) == (True, True)
    with pytest.raises(Refused):
        scope.check("02")


def test_a_guard_tells_who_may_pass() -> None:
    @access.require(Role.ADMIN)
    def page() -> str:
        return ""

    @access.require()
    def other() -> str:
        return ""

    assert vars(page)["required_roles"] == {Role.ADMIN}
    assert vars(other)["required_roles"] == set(Role)
