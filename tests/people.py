"""People of the team, signed in as they would be: by a one-time link."""

from datetime import timedelta

from campaign import clock
from campaign.accounts import services
from campaign.accounts.models import Role
from campaign.db import transaction
from tests.pages import Client


def sign_in(client: Client, role: Role = Role.ADMIN, *region_codes: str, email: str = "") -> None:
    """Give somebody an account of that role, open a one-time link in this browser, and use it."""
    now = clock.now()
    with client.application.app_context(), transaction():
        user = services.save_user(
            email or f"{role}@exemple.quebec", role, name="Dominique Roy", region_codes=region_codes, now=now
        )
        address = services.sign_in_address(services.issue_link(user, life=timedelta(hours=1), now=now))
    assert client.send(client.visit(address)).status_code == 302
