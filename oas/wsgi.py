"""The application for a WSGI server (gunicorn: see gunicorn.conf.py)."""

import os
import sys

import django

from oas.kernel.config import ConfigError
from oas.requests import Handler

BOOT_ERROR = 3  # the exit code after which gunicorn starts no other worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")
try:
    django.setup(set_prefix=False)
    application = Handler()
except ConfigError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(BOOT_ERROR)
