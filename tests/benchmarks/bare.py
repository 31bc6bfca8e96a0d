"""The yardstick: a Flask page that does nothing, with the bodies of the pages that it is compared with.

The folder named by BARE_BODIES holds one file per page, as it goes over the wire.
"""

import os
from pathlib import Path

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

app = Flask(__name__)
bodies = {file.name: file.read_bytes() for file in Path(os.environ["BARE_BODIES"]).iterdir()}


@app.get("/<name>")
def page(name: str) -> Response:
    """The same bytes each time, or 304."""
    response = Response(bodies[name], mimetype="text/html")
    response.set_etag("bare")
    return response.make_conditional(request)


@app.post("/<name>")
def receive(name: str) -> AnyResponse:
    """Reads the form and leads elsewhere, as a registration does."""
    return redirect(f"/{name}?{len(request.form)}", 303)
