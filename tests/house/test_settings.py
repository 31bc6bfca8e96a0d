"""Every setting of the environment is read once, in one place, and told in the README."""

import ast

from campaign.config import ROOT
from tests.house.source import modules

# fmt: off
CONTRACT = {
    "DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "MAIL_TRANSPORT", "MAIL_FROM", "SMTP_HOST", "SMTP_PORT",
    "SMTP_USER", "SMTP_PASSWORD", "SMTP_SECURITY", "SENDGRID_API_KEY", "SENDGRID_API_URL",
    "SENDGRID_WEBHOOK_PUBLIC_KEY", "MAIL_RATE_PER_MINUTE", "MAIL_RATE_PER_DOMAIN", "MAIL_BATCH_SIZE",
    "MAIL_LINES", "REDIS_URL", "UPLOAD_DIR", "TRUSTED_PROXIES",
}
# fmt: on


def settings_read() -> set[str]:
    """The names asked of the environment by `campaign.config`."""
    config = next(module for module in modules() if module.name == "campaign.config")
    return {
        node.args[0].value
        for node in ast.walk(config.tree)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and node.args[0].value.isupper()
    }


def test_the_settings_of_the_contract_are_read() -> None:
    assert settings_read() >= CONTRACT


def test_each_setting_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert {name for name in settings_read() if f"`{name}`" not in readme} == set()


def test_only_the_settings_read_the_environment() -> None:
    reading = {
        f"{module.name}: line {node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"))
    }

    assert reading == set()
