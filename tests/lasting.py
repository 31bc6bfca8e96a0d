"""One database for all tests of a module: for those that use `session`, which never commits.

A module takes it by `from tests.lasting import database`.
"""

from collections.abc import Iterator

import pytest

from tests.databases import Database, Templates


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The packaged directory, on each engine in turn."""
    templates: Templates = request.getfixturevalue(f"{request.param}_templates")
    with templates.copy("directory") as fresh:
        yield fresh
