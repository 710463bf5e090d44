#!/usr/bin/env python
"""Run administrative commands: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    # The embedded stack makes the servers that Django's settings name, so it runs before there are settings.
    if sys.argv[1:2] == ["local"]:
        sys.exit(run_local(sys.argv[2:]))
    # Without settings `inspect` runs without Django: it only reads a file. With them, the command of that name also
    # knows the layouts of the installation.
    if sys.argv[1:2] == ["inspect"] and "OAS_DATABASE_URL" not in os.environ:
        from glider.terminal import main as inspect

        sys.exit(inspect(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")
    from django.core.management import execute_from_command_line

    from oas.kernel.config import ConfigError

    try:
        execute_from_command_line(sys.argv)
    except ConfigError as error:
        sys.exit(str(error))


def run_local(words: list[str]) -> int:
    """Run the embedded stack, and return its exit code: 2 where it is not installed, as in production."""
    try:
        from devstack.command import main as local
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"The embedded stack is not installed here ({error.name} is missing): "
            "run make install in a clone of the repository.\n"
        )
        return 2
    return local(words)


if __name__ == "__main__":
    main()
