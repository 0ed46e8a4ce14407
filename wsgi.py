"""The door for WSGI servers (`gunicorn wsgi:app`) and for the commands (`FLASK_APP=wsgi`)."""

import sys

from app import create_app
from app.config import SettingsProblem

#: To gunicorn: this worker will never start, so do not try again and again.
NEVER_STARTS = 3

try:
    app = create_app()
except SettingsProblem as problem:
    sys.stderr.write(f"Gelombang does not start: {problem}\n")
    sys.exit(NEVER_STARTS)
