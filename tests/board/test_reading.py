"""Messages as the team reads them: never with a key that opens something."""

from datetime import UTC, datetime

import pytest

from campaign.board.reading import preview, without_keys
from campaign.identifiers import new_token
from campaign.outbox.models import Attachment, Message


@pytest.mark.parametrize(
    "path", ["p/{}", "connexion/{}", "inscription/confirmer/{}", "billet/{}", "p/{}/affiche.pdf", "autre/{}"]
)
def test_no_key_is_shown(path: str) -> None:
    for _ in range(50):
        token = new_token()
        shown = without_keys(f"Répondez ici : https://exemple.quebec/{path.format(token)} avant lundi.")

        assert token not in shown
        assert shown.endswith("avant lundi.")


def test_public_addresses_stay_whole() -> None:
    text = "https://exemple.quebec/evenements/lever-du-drapeau-a-saint-louis-du-ha-ha-2027 et la suite"

    assert without_keys(text) == text


def test_the_preview_carries_its_own_pictures() -> None:
    message = Message(
        html='<a href="https://exemple.quebec/p/Abcdefghijklmnopqrstuvwx"><img src="cid:qr-1"></a>'
    )
    message.created_at = datetime(2027, 10, 4, tzinfo=UTC)
    message.attachments = [
        Attachment(filename="qr.png", content_type="image/png", content_id="qr-1", data=b"png")
    ]

    assert (
        preview(message) == '<a href="https://exemple.quebec/p/…"><img src="data:image/png;base64,cG5n"></a>'
    )
