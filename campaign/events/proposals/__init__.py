"""What people propose for the calendar, from the form to publication (domain §3.2).

Each step is one function: it says from which states it may be taken, and leaves a line in the history. The
proposal holds what its author last wrote; the calendar holds what was approved.

Its author goes through `submitting`, `editing` and `withdrawing`; the team, through `reviewing`.
"""

from campaign.events.proposals.content import (
    as_published,
    content_to_edit,
    mark_to_edit,
    published_content,
    version_of,
    written,
)
from campaign.events.proposals.duplicates import list_duplicates
from campaign.events.proposals.editing import drop_revision, edit
from campaign.events.proposals.links import link_token, reissue_link
from campaign.events.proposals.moves import PROPOSER, Outrun
from campaign.events.proposals.publishing import follow_calendar
from campaign.events.proposals.queries import (
    get_by_token,
    get_proposal,
    list_of_address,
    region_of,
    select_for_team,
)
from campaign.events.proposals.reviewing import approve, send_back
from campaign.events.proposals.states import (
    OUTCOMES,
    READABLE,
    STATE_WORDS,
    WAITING,
    is_archived,
    is_called_off,
    may_change,
    state_label,
)
from campaign.events.proposals.submitting import forget_drafts, submit, verify
from campaign.events.proposals.withdrawing import cancel, give_up, withdraw

__all__ = [
    "OUTCOMES",
    "PROPOSER",
    "READABLE",
    "STATE_WORDS",
    "WAITING",
    "Outrun",
    "approve",
    "as_published",
    "cancel",
    "content_to_edit",
    "drop_revision",
    "edit",
    "follow_calendar",
    "forget_drafts",
    "get_by_token",
    "get_proposal",
    "give_up",
    "is_archived",
    "is_called_off",
    "link_token",
    "list_duplicates",
    "list_of_address",
    "mark_to_edit",
    "may_change",
    "published_content",
    "region_of",
    "reissue_link",
    "select_for_team",
    "send_back",
    "state_label",
    "submit",
    "verify",
    "version_of",
    "withdraw",
    "written",
]
