"""What a web server imports: `wsgi:app`, configured by the environment."""

from campaign.app import create_app

app = create_app()
