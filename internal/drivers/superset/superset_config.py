"""Superset for a test on this machine: a database of its own in SUPERSET_HOME, nobody else comes in."""

import os
import secrets

SECRET_KEY = secrets.token_hex()
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["SUPERSET_HOME"] + "/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
