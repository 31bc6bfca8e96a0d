"""What public pages are drawn from is made again when it is another thing, and then only."""

from flask import Flask

from campaign.web.freshness import unless_changed


def test_a_value_is_made_again_when_its_source_is_another(app: Flask) -> None:
    made: list[tuple[str, ...]] = []

    def draw(*names: str) -> str:
        def make() -> str:
            made.append(names)
            return " ".join(names)

        return unless_changed("names", names, make)

    with app.app_context():
        answers = [draw("Amos"), draw("Amos"), draw("Amos", "Gaspé"), draw("Amos")]

    assert answers == ["Amos", "Amos", "Amos Gaspé", "Amos"]
    assert made == [("Amos",), ("Amos", "Gaspé"), ("Amos",)]
