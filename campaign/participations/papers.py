"""The papers of one municipality, filled with its own names: today, the model resolution."""

from __future__ import annotations

from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.participations.resolution import ResolutionContent
from campaign.territory import grammar
from campaign.territory.models import Territory, TerritoryKind
from campaign.web.filters import date_range, full_date

COUNCILS = {
    TerritoryKind.BOROUGH: "conseil d’arrondissement",
    TerritoryKind.MRC: "conseil de la MRC",
    TerritoryKind.COMMUNITY: "conseil de bande",
}


def resolution_content(edition: Edition, territory: Territory) -> ResolutionContent:
    """The words of the resolution for that council; expects the territory's MRC and city to be loaded."""
    organization = campaigns.organization()
    is_community = territory.kind in (TerritoryKind.COMMUNITY, TerritoryKind.NORTHERN)
    if territory.parent is not None:
        parent = territory.parent.name
    elif (
        territory.mrc is not None and territory.mrc.kind == "MRC" and territory.kind is not TerritoryKind.MRC
    ):
        parent = f"MRC {grammar.with_de(territory.mrc.name)}"
    else:
        parent = ""
    return ResolutionContent(
        full_name=grammar.legal_name(territory.designation_name, territory.name, territory.de_form),
        full_name_de=grammar.legal_name_with_de(
            territory.designation_name, territory.name, territory.de_form
        ),
        name_de=grammar.with_de(territory.name, territory.de_form),
        edition_number=edition.number,
        week_text=date_range(edition.start_on, edition.end_on),
        organization=organization.name or organization.campaign_name,
        council=COUNCILS.get(territory.kind, "conseil municipal"),
        parent=parent,
        province="" if is_community else "Province de Québec",
        flag_date_text=f"le {full_date(edition.flag_on)}" if edition.flag_on else "",
        flag_until_text=f"jusqu’au {full_date(edition.end_on)}" if edition.end_on else "",
        campaign_name=organization.campaign_name,
    )
