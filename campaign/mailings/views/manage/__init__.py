"""What the team sees of the edition's mailings and does with them. Each page works without script."""

from campaign.mailings.views.manage import recipients, scheduling, showing, simulating, stopping
from campaign.mailings.views.manage.case import blueprint

__all__ = ["blueprint", "recipients", "scheduling", "showing", "simulating", "stopping"]
