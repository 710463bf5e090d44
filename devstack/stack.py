"""The whole stack, or its four servers alone: started in order, ended in the reverse order."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from devstack.folder import Folder, write_values
from devstack.process import base_environment
from devstack.services.programs import ROOT, Programs, listen, module
from devstack.services.servers import Servers
from devstack.services.service import ADDRESS
from devstack.supervisor import ServiceFailed, Supervisor, tail

ADMIN = "admin"
SERVERS, PROGRAMS = 1, 2  # waves: the first to start is the last to end
PREPARE_LIMIT, RUN_LIMIT = 120.0, 3600.0  # seconds
# Seconds. Far below the defaults, so that a lost message or worker is made good while a person looks on.
QUICK_RECOVERY = {"OAS_SWEEP_AFTER": "10", "OAS_SWEEP_EVERY": "5", "OAS_LEASE_SECONDS": "10"}


class Stack:
    """The stack in `folder`. `report` takes each sentence for the console.

    `environment` is complete once `start` or `start_servers` has returned; `write_env` puts it into `folder.env`.
    `persist`: services are started again however often they die.
    """

    def __init__(self, folder: Folder, report: Callable[[str], None], *, persist: bool = False) -> None:
        self.folder = folder
        self.secrets = folder.secrets()
        self.servers = Servers(folder, self.secrets)
        self.supervisor = Supervisor(folder, report, persist=persist)
        self.environment: dict[str, str] = {}

    def start_servers(self) -> None:
        """Start PostgreSQL, MongoDB, S3 and Redis, which is all that most tests need. Raises `ServiceFailed`."""
        self.folder.env.unlink(missing_ok=True)
        # A worker of a stack that was killed could go on to use the old servers' data.
        self.supervisor.end_leftovers()
        self.folder.clear_logs()
        self.supervisor.launch(*self.servers.builds(), wave=SERVERS)
        self.supervisor.wait_ready()
        self.environment = self.servers.environment() | self._own_settings()

    def start(self, *, port: int) -> None:
        """Start the servers and all programs. Raises `ServiceFailed`, or `PortTaken` before anything is started."""
        listener = listen(port)
        self.start_servers()
        self.environment |= self._web_settings(listener.getsockname()[1])
        programs = Programs(self.folder, self._for_programs(), listener)
        # Glider needs no database: it starts while the tables are made. The others need them.
        self.supervisor.launch(programs.glider, wave=PROGRAMS)
        self._prepare()
        self.supervisor.launch(programs.web, programs.worker, programs.links, programs.beat, wave=PROGRAMS)
        self.supervisor.wait_ready()

    def write_env(self) -> None:
        """Write `environment` to `folder.env`. Its presence means that the stack is up, so it is written last."""
        write_values(self.folder.env, self.environment)

    def run(self, *words: str) -> int:
        """Run a Python module with its arguments in the console, while services are watched. Returns its exit code."""
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
            "OAS_PARTNER_SECRET_KEYS": self.secrets["PARTNER_SECRET_KEY"],
            "OAS_PARTNER_PUBLIC_URLS": "https://localhost:9443",
            "OAS_STATIC_ROOT": str(self.folder.private("static")),
            "OAS_WORK_DIR": str(self.folder.private("work")),
            "OAS_ALLOWED_HOSTS": f"{ADDRESS},localhost",
            "OAS_LINK_DOWNLOADS": "1",
            **QUICK_RECOVERY,
            **self.folder.settings(),
        }

    def _web_settings(self, port: int) -> dict[str, str]:
        return {
            "OAS_URL": f"http://{ADDRESS}:{port}",
            # Presigned links of the stack's own store may be fetched, although they lead to this machine.
            "OAS_LINK_HOSTS_ALLOWED": urlsplit(self.environment["OAS_S3_ENDPOINT"]).netloc,
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
            raise ServiceFailed(f"The database could not be prepared. The end of {log}:\n{tail(log)}")
