#!/usr/bin/env python
"""Run administrative commands: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["local"]:  # makes the very servers that Django's settings name
        from devstack.command import main as local

        sys.exit(local(sys.argv[2:]))
    if sys.argv[1:2] == ["inspect"] and "OAS_DATABASE_URL" not in os.environ:  # looks at a file, and needs no server
        from glider.terminal import main as inspector

        sys.exit(inspector(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")
    from django.core.management import execute_from_command_line

    from oas.kernel.config import ConfigError

    try:
        execute_from_command_line(sys.argv)
    except ConfigError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
