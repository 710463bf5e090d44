"""The application for a WSGI server (gunicorn: see gunicorn.conf.py)."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from oas.kernel.config import ConfigError

BOOT_ERROR = 3  # the exit code after which gunicorn starts no other worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")
try:
    application = get_wsgi_application()
except ConfigError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(BOOT_ERROR)
