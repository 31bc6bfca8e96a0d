"""Who acts on a participation, and from where."""

from __future__ import annotations

from dataclasses import dataclass

from campaign.participations.models import Channel


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who acts, and from where. The name is what the team reads in the history."""

    name: str
    channel: Channel
    is_team: bool = False
    ip: str = ""
    """The network address of whoever filled the form: kept as the proof of a consent, and nowhere else."""


MUNICIPALITY_BY_LINK = Author(name="La municipalité, par son lien personnel", channel=Channel.LINK)
MUNICIPALITY_BY_FORM = Author(name="Le formulaire public", channel=Channel.WEB)
MUNICIPALITY_BY_MAIL = Author(name="La municipalité, par courriel", channel=Channel.MAIL)
