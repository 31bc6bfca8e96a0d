"""What is said when a limit is reached: the seats left, and how to mend a form that asks for more."""

from __future__ import annotations

from campaign.errors import Conflict
from campaign.i18n import _, ngettext
from campaign.registrations.capacity import PoolKey
from campaign.registrations.models import PoolKind

FULL = {
    PoolKind.EVENT: _("Il ne reste plus de place."),
    PoolKind.COHORT: _("Ce groupe est complet. Choisissez-en un autre."),
    PoolKind.SESSION: _("Cet atelier est complet. Choisissez-en un autre."),
    PoolKind.ORGANIZATION: _("Votre organisation a déjà inscrit toutes les personnes permises."),
}


class Full(Conflict):
    """More seats were asked of a limit than it has left."""

    def __init__(self, pool: PoolKey, *, asked: int, left: int) -> None:
        self.pool, self.left = pool, left
        super().__init__(_too_many(pool.kind, asked, left) if left else FULL[pool.kind])


def _too_many(kind: PoolKind, asked: int, left: int) -> str:
    """How many seats are left, then how to mend a form that asks for more."""
    fewer, party = asked - left, ngettext("%(num)s personne", "%(num)s personnes", asked)
    if kind is PoolKind.ORGANIZATION:
        known = ngettext(
            "Votre organisation peut inscrire encore %(num)s personne; ce formulaire en compte %(asked)s.",
            "Votre organisation peut inscrire encore %(num)s personnes; ce formulaire en compte %(asked)s.",
            left,
            asked=asked,
        )
    else:
        seats = ngettext("%(num)s place", "%(num)s places", left)
        known = {
            PoolKind.EVENT: _("Il reste %(seats)s pour %(party)s.", seats=seats, party=party),
            PoolKind.COHORT: _("Il reste %(seats)s dans ce groupe pour %(party)s.", seats=seats, party=party),
            PoolKind.SESSION: _("Il reste %(seats)s à cet atelier pour %(party)s.", seats=seats, party=party),
        }[kind]
    mend = {
        PoolKind.COHORT: ngettext(
            "Choisissez un autre groupe pour %(num)s personne, ou retirez-la.",
            "Choisissez un autre groupe pour %(num)s personnes, ou retirez-les.",
            fewer,
        ),
        PoolKind.SESSION: ngettext(
            "Choisissez un autre atelier pour %(num)s personne, ou retirez-la.",
            "Choisissez un autre atelier pour %(num)s personnes, ou retirez-les.",
            fewer,
        ),
    }.get(kind) or ngettext(
        "Retirez %(num)s personne, puis envoyez de nouveau.",
        "Retirez %(num)s personnes, puis envoyez de nouveau.",
        fewer,
    )
    return f"{known} {mend}"
