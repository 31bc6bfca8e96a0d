"""The edition's mailings on one timeline; each of them: words, audience, ledger, departure."""

from __future__ import annotations

from flask import Blueprint

from campaign.mailings import models as models  # the tables exist from here on

blueprint = Blueprint("mailings", __name__, url_prefix="/gestion/envois")
