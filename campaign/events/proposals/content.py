"""What a proposal says: as its author last wrote it, as the calendar has it, as its author edits it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from campaign.events import activities
from campaign.events.content import ActivityContent
from campaign.events.models import Event, Picture, Proposal, ProposalState
from campaign.territory.models import Territory


def written(proposal: Proposal) -> ActivityContent:
    """What its author last wrote."""
    return ActivityContent.from_json(proposal.content)


def published_content(event: Event) -> ActivityContent:
    """What the calendar says of it; its territory, sessions and details are loaded."""
    return activities.content_of(event)


def content_to_edit(proposal: Proposal) -> ActivityContent:
    """What its author starts from: what they last wrote or, once all of it is approved, what the calendar
    says, which the team may have corrected since."""
    last = written(proposal)
    if proposal.state is not ProposalState.PUBLISHED or proposal.event is None:
        return last
    return as_published(proposal.event, last)


def as_published(event: Event, last: ActivityContent) -> ActivityContent:
    """What the calendar says, with what its author alone says; loaded as for `published_content`."""
    return replace(published_content(event), organizer_kind=last.organizer_kind)


def fields_of(
    content: ActivityContent, territory: Territory | None, picture: Picture | None
) -> dict[str, Any]:
    """What the columns of a proposal hold of it."""
    return {
        "title": content.title,
        "content": content.to_json(),
        "territory_id": territory.id if territory else None,
        "region_code": None if territory else content.region_code or None,
        "picture_id": picture.id if picture else None,
    }


def say_as_published(proposal: Proposal, event: Event) -> None:
    """It says from now on what the calendar says."""
    said = as_published(event, written(proposal))
    proposal.title, proposal.content = said.title, said.to_json()
    proposal.territory_id, proposal.region_code = event.territory_id, event.region_code
    proposal.picture_id = event.details.picture_id if event.details else None


def mark_to_edit(proposal: Proposal) -> str:
    """What the form of its author was filled from, as one mark: what anybody decided since changes it."""
    read = json.dumps([content_to_edit(proposal).to_json(), proposal.picture_id], sort_keys=True)
    return hashlib.sha256(read.encode()).hexdigest()[:16]


def version_of(proposal: Proposal) -> str:
    """What was read, as one mark: whoever decides decides of that."""
    read = json.dumps([proposal.state, proposal.content, proposal.picture_id], sort_keys=True)
    return hashlib.sha256(read.encode()).hexdigest()[:16]
