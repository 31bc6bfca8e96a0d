"""People of a small Québec: what contacts’ tests start from, on the places of the team’s pages."""

from datetime import UTC, date, datetime, time
from typing import Any

from campaign import clock
from campaign.contacts import services
from campaign.contacts.models import Basis, Contact, ContactKind, Language, Purpose
from campaign.contacts.services import ContactDetails, Proof
from campaign.db import db
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory

NOW = datetime(2027, 9, 1, 14, tzinfo=UTC)
TODAY = date(2027, 9, 1)
AUTHOR = "Jeanne"


def place(geo_code: str) -> Territory:
    return get_territory(geo_code)


def details(email: str = "ecole@exemple.quebec", **changes: Any) -> ContactDetails:
    """An organization that works in all of Québec."""
    told: dict[str, Any] = {
        "kind": ContactKind.ORGANIZATION,
        "email": email,
        "organization": "École du Fleuve",
        "first_name": "Réal",
        "last_name": "D’Astous",
        "source": "Rencontre de Rimouski",
    }
    return ContactDetails(**(told | changes))


def add(email: str = "ecole@exemple.quebec", **changes: Any) -> Contact:
    """That organization is in the contacts."""
    return services.add_contact(details(email, **changes), author=AUTHOR, now=NOW)[0]


def add_shared(*geo_codes: str, email: str = "dg@exemple.quebec") -> list[Contact]:
    """One director general for several municipalities."""
    return list(
        services.add_contact(
            details(
                email,
                kind=ContactKind.MUNICIPAL,
                organization="",
                first_name="Dominique",
                last_name="Roy",
                territories=tuple(place(code) for code in geo_codes),
            ),
            author=AUTHOR,
            now=NOW,
        )
    )


def consent(
    email: str = "ecole@exemple.quebec", basis: Basis = Basis.EXPRESS,
    purpose: Purpose = Purpose.NEWSLETTER, *, on: date = date(2025, 3, 1), **more: Any,
) -> None:  # fmt: skip
    """Written down, with a proof."""
    services.record_consent(
        email,
        purpose=purpose,
        basis=basis,
        since=clock.to_utc(on, time(12), clock.EASTERN),
        proof=Proof(form="Formulaire papier", source="Salon", language=Language.FRENCH, author=AUTHOR),
        **more,
    )
    db.session.flush()
