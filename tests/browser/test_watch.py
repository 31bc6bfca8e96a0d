"""What the browser tests listen for is heard."""

from playwright.sync_api import Page

from tests.browser.conftest import Watch


def test_a_console_error_is_heard(page: Page, watch: Watch) -> None:
    page.goto("/")
    page.evaluate("console.error('drapeau')")

    assert watch.problems == ["console error: drapeau"]
    watch.problems.clear()


def test_what_the_policy_refuses_is_heard(page: Page, watch: Watch) -> None:
    page.goto("/")
    page.evaluate("fetch('https://ailleurs.example/').catch(() => null)")
    page.evaluate("document.body.setAttribute('style', 'color: red')")

    assert "Content Security Policy" in "\n".join(watch.problems)
    assert "style" in "\n".join(watch.problems)
    watch.problems.clear()


def test_a_request_to_another_host_is_heard(page: Page, watch: Watch) -> None:
    page.goto("/")
    with page.context.expect_event("request", lambda request: request.url == "http://127.0.0.1:1/"):
        page.evaluate("window.open('http://127.0.0.1:1/')")

    assert "request to another host: http://127.0.0.1:1/" in watch.problems
    watch.problems.clear()
