"""The list that partners show on their own site: the page of a frame, its script, and what to paste."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, render_template, request, url_for

from campaign import clock
from campaign.agenda import index
from campaign.agenda.embeds import NUMBERS, USUAL_HEIGHT, Embed
from campaign.agenda.filters import CHOICES, CalendarFilter
from campaign.agenda.index import Row
from campaign.agenda.phrases import describe
from campaign.agenda.views.drawings import where
from campaign.campaigns.queries import current_edition, organization
from campaign.config import ROOT
from campaign.events.wording import AgendaLine, agenda_line
from campaign.i18n import _
from campaign.territory.queries import list_regions
from campaign.web.freshness import public_state
from campaign.web.renewed import RenewedFile, answer_renewed
from campaign.web.responses import conditional
from campaign.web.security import framed_anywhere

blueprint = Blueprint("embeds", __name__)

WORDS = (*CalendarFilter.WORDS, "nombre")
SCRIPT = ROOT / "static" / "js" / "encart.js"


@blueprint.get("/calendrier/encart")
def frame() -> Response:
    """The list, for a frame on any site."""
    now = clock.now()
    return framed_anywhere(conditional(public_state(now), lambda: _frame(now), reads=WORDS))


def _frame(now: datetime) -> str:
    embed = _asked()
    edition = current_edition()
    return render_template(
        "agenda/embed.html",
        title=_title(embed),
        lines=[_line(row, now) for row in _coming(embed, now)],
        everything=embed.everything,
        edition_is_simulated=edition.is_simulated,
        organization=organization(),
    )


def _asked() -> Embed:
    embed = Embed.from_arguments(request.args)
    part = embed.asked.of_today()
    part.place()
    return Embed(asked=part, number=embed.number)


def _title(embed: Embed) -> str:
    return describe(embed.asked) or _("Activités pour les tout-petits")


def _coming(embed: Embed, now: datetime) -> list[Row]:
    """The next dates from today on; what is called off stays in its place, said as such."""
    today = clock.today(now)
    asked = embed.asked
    since = max(asked.since, today) if asked.since else today
    if asked.until and asked.until < since:
        return []
    return index.matching(asked.between(since, asked.until))[: embed.number]


def _line(row: Row, now: datetime) -> AgendaLine:
    return agenda_line(row.occasion, now=now, where=where(row))


@blueprint.get("/calendrier/encart.js")
def script() -> Response:
    """The script that puts the frame where it stands; the same for every site."""
    response = answer_renewed(RenewedFile(SCRIPT.read_bytes(), "text/javascript", None))
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@blueprint.get("/calendrier/integrer")
def builder() -> Response:
    """The lines to paste on one's own site, for the part of the calendar that the address names."""
    return conditional(public_state(clock.now()), _builder, reads=WORDS)


def _builder() -> str:
    embed = _asked()
    title, edition = _title(embed), current_edition()
    return render_template(
        "agenda/embed_builder.html",
        title=title,
        asked=embed.asked,
        kept=_kept(embed.asked),
        chosen_type=embed.asked.types[0] if len(embed.asked.types) == 1 else "",
        number=embed.number,
        numbers=NUMBERS,
        regions=list_regions(),
        types=CHOICES["type"],
        by_frame=embed.frame_lines(title),
        by_script=embed.script_lines(title, _("Voir le calendrier")),
        preview=url_for(".frame", **embed.arguments),
        height=USUAL_HEIGHT,
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        organization=organization(),
    )


def _kept(asked: CalendarFilter) -> list[tuple[str, str]]:
    """What the form of the page does not ask and must not lose."""
    return [
        (word, value)
        for word in asked.arguments
        if word not in ("region", "type")
        for value in asked.values(word)
    ]
