"""What the team does to a municipality's participation. Each page asks first, and works without script."""

from campaign.participations.views.manage import ceremony, entering, figures, link, merging, papers, standing
from campaign.participations.views.manage.case import blueprint

__all__ = ["blueprint", "ceremony", "entering", "figures", "link", "merging", "papers", "standing"]
