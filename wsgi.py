"""The door for WSGI servers (`gunicorn wsgi:app`) and for the commands (`FLASK_APP=wsgi`)."""

from app import create_app

app = create_app()
