"""The whole stack, or its four servers alone: started in the right order, ended in the reverse."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from devstack.folder import Folder, write_values
from devstack.process import base_environment
from devstack.programs import ROOT, Programs, listen, module
from devstack.servers import Servers
from devstack.service import ADDRESS
from devstack.supervisor import PartFailed, Supervisor, tail

ADMIN = "admin"
SERVERS, PROGRAMS = 1, 2  # waves: what is started first is ended last
PREPARE_LIMIT, RUN_LIMIT = 120.0, 3600.0  # seconds
QUICK_RECOVERY = {"OAS_SWEEP_AFTER": "10", "OAS_SWEEP_EVERY": "5", "OAS_LEASE_SECONDS": "10"}


class Stack:
    """`environment` is complete once `start` has returned, and is in `folder.env` as well."""

    def __init__(self, folder: Folder, say: Callable[[str], None], *, persist: bool = False) -> None:
        self.folder = folder
        self.say = say
        self.secrets = folder.secrets()
        self.servers = Servers(folder, self.secrets)
        self.supervisor = Supervisor(folder, say, persist=persist)
        self.environment: dict[str, str] = {}

    def start_servers(self) -> None:
        """PostgreSQL, MongoDB, S3 and Redis: all that the tests need. Raises `PartFailed`."""
        self.folder.env.unlink(missing_ok=True)
        self.supervisor.end_leftovers()
        self.folder.clear_logs()
        self.supervisor.launch(*self.servers.builds(), wave=SERVERS)
        self.supervisor.wait_ready()
        self.environment = self.servers.environment() | self._own_settings()

    def start(self, *, port: int) -> None:
        """The servers and everything of ours. Raises `PartFailed`, or `PortTaken` before anything is started."""
        listener = listen(port)
        self.start_servers()
        self.environment |= self._web_settings(listener.getsockname()[1])
        programs = Programs(self.folder, self._for_programs(), listener)
        self.supervisor.launch(programs.glider, wave=PROGRAMS)
        self._prepare()
        self.supervisor.launch(programs.web, programs.worker, programs.beat, wave=PROGRAMS)
        self.supervisor.wait_ready()

    def write_env(self) -> None:
        """Only now may others rely on it."""
        write_values(self.folder.env, self.environment)

    def run(self, *words: str) -> int:
        """Run a module of ours in sight, while the parts are watched; returns its exit code."""
        return self.supervisor.run(
            module(words[0]) + list(words[1:]), env=self._for_programs(), cwd=ROOT, limit=RUN_LIMIT
        )

    def stop(self) -> None:
        self.supervisor.stop()
        self.folder.env.unlink(missing_ok=True)

    def _own_settings(self) -> dict[str, str]:
        return {
            "OAS_SECRET_KEY": self.secrets["SECRET_KEY"],
            "OAS_WEBHOOK_SECRET": self.secrets["WEBHOOK_SECRET"],
            "OAS_STATIC_ROOT": str(self.folder.private("static")),
            "OAS_WORK_DIR": str(self.folder.private("work")),
            "OAS_ALLOWED_HOSTS": f"{ADDRESS},localhost",
            **QUICK_RECOVERY,
            **self.folder.settings(),
        }

    def _web_settings(self, port: int) -> dict[str, str]:
        return {
            "OAS_URL": f"http://{ADDRESS}:{port}",
            "OAS_LINK_HOSTS_ALLOWED": urlsplit(self.environment["OAS_S3_ENDPOINT"]).netloc,  # its own presigned links
            "OAS_API_KEY": self.secrets["API_KEY"],
            "OAS_ADMIN_USER": ADMIN,
            "OAS_ADMIN_PASSWORD": self.secrets["ADMIN_PASSWORD"],
        }

    def _for_programs(self) -> dict[str, str]:
        return base_environment(self.folder.root) | self.environment | {"TMPDIR": str(self.folder.private("work"))}

    def _prepare(self) -> None:
        log = self.folder.log("prepare")
        command = module("devstack.prepare")
        code = self.supervisor.run(command, env=self._for_programs(), cwd=ROOT, log=log, limit=PREPARE_LIMIT)
        if code != 0:
            raise PartFailed(f"The database could not be prepared. The end of {log}:\n{tail(log)}")
