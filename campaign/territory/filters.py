"""A territory inside the sentences of templates, with its own overrides of grammar."""

from __future__ import annotations

from flask import Flask

from campaign.territory import grammar
from campaign.territory.models import Territory, TerritoryKind


def name_with_de(territory: Territory) -> str:
    """« d’Hébertville », « des Méchins »"""
    return grammar.with_de(territory.name, territory.de_form)


def name_with_a(territory: Territory) -> str:
    """« à La Malbaie », « aux Escoumins »"""
    return grammar.with_a(territory.name, territory.a_form)


def legal_name(territory: Territory) -> str:
    """« Municipalité d’Hébertville »"""
    return grammar.legal_name(territory.designation_name, territory.name, territory.de_form)


def legal_name_with_article(territory: Territory) -> str:
    """« la Municipalité d’Hébertville »"""
    return grammar.legal_name_with_article(territory.designation_name, territory.name, territory.de_form)


def belonging(territory: Territory) -> str:
    """« MRC de Rivière-du-Loup », the city of a borough, or the region; needs them loaded."""
    if territory.parent is not None:
        return territory.parent.name
    if territory.mrc is not None and territory.mrc.kind == "MRC" and territory.kind is not TerritoryKind.MRC:
        return f"MRC {grammar.with_de(territory.mrc.name)}"
    region = territory.region.name if territory.region is not None else ""
    return "" if region == territory.name else region


def init_app(app: Flask) -> None:
    """Make them filters of every template."""
    for filter_ in (name_with_de, name_with_a, legal_name, legal_name_with_article, belonging):
        app.add_template_filter(filter_)
