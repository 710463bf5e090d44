"""Logs: a JSON object (or a readable text) per line, with the ids of the request, organisation, file and job.

The ids live in structlog's context variables and travel with Celery messages, so that one `request_id` finds
everything that a request set off. Whatever looks like a secret is masked in the finished line.
"""

from __future__ import annotations

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from oas.kernel.config import GliderConfig

TRACE_HEADER = "oas_trace"
TRACED = ("request_id", "organisation", "actor", "file")
MASK = "[secret]"
_SHORTEST = 8  # shorter values would mask ordinary words
_SECRET_NAMES = re.compile(r"(?i)secret|passw|token|authorization|api_?key|cookie|signature")
_SECRET_FORMS = re.compile(
    r"""(?x)
    (?<= :// ) [^\s/@:"]* : [^\s/@"]+ (?= @ )                                   # a password in an address
  | whsec_ [A-Za-z0-9+/=]+                                                      # a webhook secret
  | (?<! [A-Za-z0-9_.-] ) [A-Za-z0-9_-]{8} \. [A-Za-z0-9_-]{32} (?! [A-Za-z0-9_.-] )  # an API key
  | (?<= Bearer\  ) \S+                                                         # a login token
  | (?<= X-Amz-Signature= ) [0-9a-fA-F]+ | (?<= X-Amz-Credential= ) [^&\s"]+    # a presigned link
    """
)


def configure_logging(config: GliderConfig) -> None:
    """Set up logging of the standard library, and structlog, for this process."""
    logging.config.dictConfig(logging_dict(config))
    configure_structlog()


def configure_structlog() -> None:
    """Make structlog write through the standard library's logging."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_dict(config: GliderConfig) -> dict[str, Any]:
    """Settings for `logging.config.dictConfig`: everything goes to standard error through one formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"oas": {"()": _formatter, "config": config}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "oas"}},
        "root": {"handlers": ["console"], "level": config.log_level.upper()},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR"},  # the line of the request has the rest
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},  # the middleware writes it
            "axes": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "pymongo": {"level": "WARNING"},
        },
    }


def trace() -> dict[str, str]:
    """The ids of `TRACED` that are bound now, to go with a message."""
    bound = structlog.contextvars.get_contextvars()
    return {name: str(bound[name]) for name in TRACED if name in bound}


def bind_trace(ids: dict[str, str]) -> None:
    """Bind those of `ids` that are in `TRACED`, in place of everything that was bound."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**{name: ids[name] for name in TRACED if name in ids})


def carry_through_celery(config: GliderConfig) -> None:
    """Make Celery log like everything else, and carry the ids of `TRACED` in the headers of its messages."""
    from celery import signals

    def set_up(**_: Any) -> None:
        configure_logging(config)

    signals.setup_logging.connect(set_up, weak=False, dispatch_uid="oas.kernel.logs.set_up")
    signals.before_task_publish.connect(_send, weak=False, dispatch_uid="oas.kernel.logs.send")
    signals.task_prerun.connect(_receive, weak=False, dispatch_uid="oas.kernel.logs.receive")
    signals.task_postrun.connect(_forget, weak=False, dispatch_uid="oas.kernel.logs.forget")


def _send(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None:
        headers[TRACE_HEADER] = trace()


def _receive(task: Any = None, task_id: str = "", **_: Any) -> None:
    bind_trace(getattr(task.request, TRACE_HEADER, None) or {})
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


def _forget(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


# --- the formatter ---


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(config: GliderConfig) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _mask_names,
            structlog.processors.format_exc_info,  # no local variables: they hold secrets
            _renderer(config),
            _Masker(config),
        ],
    )


def _renderer(config: GliderConfig) -> Any:
    if config.log_json:
        return structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def _mask_names(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: MASK if _SECRET_NAMES.search(name) else value for name, value in event.items()}


class _Masker:
    """The last processor: masks in the finished line what looks like a secret, and the configured secrets."""

    def __init__(self, config: GliderConfig) -> None:
        # The longest first: a secret that contains another one is masked as a whole.
        words = sorted(_secret_words(config), key=len, reverse=True)
        self.words = re.compile("|".join(map(re.escape, words))) if words else None

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        if self.words is not None:
            line = self.words.sub(MASK, str(line))
        return _SECRET_FORMS.sub(MASK, str(line))


def _secret_words(config: GliderConfig) -> set[str]:
    """The secret texts in `config`; of an address only the password, so that its host stays readable."""
    words: set[str] = set()
    for name in type(config).model_fields:
        value = getattr(config, name)
        for secret in value if isinstance(value, tuple) else (value,):
            if isinstance(secret, SecretStr):
                words.add(_secret_part(secret.get_secret_value()))
    return {word for word in words if len(word) >= _SHORTEST}


def _secret_part(value: str) -> str:
    return (urlsplit(value).password or "") if "://" in value else value
