"""What a log line may hold: words of the code, kinds, places and numbers; never what was typed or what a row holds.

Our own events name their values by listed keys. Of anybody else's line (Django, Celery, gunicorn, psycopg) only the
outline is kept, since its sentence may quote a value: an address, a search, a form, the DETAIL of a broken constraint.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, Processor

ROOT: Final = Path(__file__).resolve().parent.parent
FIRST: Final = ("timestamp", "level", "event")
NUMBERS: Final = ("letter", "person", "pump", "status", "missing_acts", "missing_letters")
WORDS: Final = (*FIRST, "kind", "task", "place", "route", "rule", "says", "fault", "how")
"""Keys of an event. Their values are words of the code: names of classes, tasks, views and constraints."""
WORD: Final = re.compile(r"[\w.:/<>-]{1,400}", re.ASCII)
UNFIT: Final = "(unfit)"
DEPTH: Final = 6  # places of our own that a fault is told by


def only_listed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Leave out every key that is not listed, and every value that is not of its key's kind."""
    return {key: _fit(key, value) for key, value in event.items() if key in NUMBERS + WORDS}


def _fit(key: str, value: object) -> object:
    if key == "says":
        return " ".join(str(value).split())
    if key in NUMBERS:
        return value if isinstance(value, int) else UNFIT
    return value if isinstance(value, str) and WORD.fullmatch(value) else UNFIT


def outline(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Who said something, where, about which fault and which view: all that is kept of a line that is not ours."""
    record: logging.LogRecord = event["_record"]
    error = record.exc_info[1] if record.exc_info else None
    told: EventDict = {"event": record.name}
    template = (
        str(record.msg) if event.pop("positional_args") else ""
    )  # without, the sentence may be a value itself
    if re.search("[A-Za-z]{3}", template):
        told["says"] = template[:200]
    told.update(_fault(error) if error else {"place": f"{record.module}:{record.lineno}"})
    told.update(_request(record))
    return told


def _fault(error: BaseException) -> EventDict:
    told: EventDict = {
        "kind": "<".join(type(each).__name__ for each in _causes(error)),
        "place": place(error),
    }
    diagnosis = next((each.diag for each in _causes(error) if hasattr(each, "diag")), None)
    if isinstance(error, ImproperlyConfigured):  # about this server, for whoever looks after it
        told["says"] = str(error)
    if diagnosis is not None and diagnosis.constraint_name:
        told["rule"] = diagnosis.constraint_name
    return told


def _causes(error: BaseException | None) -> Iterator[Any]:
    while error is not None:
        yield error
        error = error.__cause__


def place(error: BaseException) -> str:
    """Where it was raised: our own lines on the way there, else the last line of all."""
    frames = [(Path(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
    ours = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, line in frames
        if path.is_relative_to(ROOT) and "site-packages" not in path.parts
    ]
    return ">".join(ours[-DEPTH:] or [f"{path.name}:{line}" for path, line in frames[-1:]] or ["unknown"])


def _request(record: logging.LogRecord) -> EventDict:
    """The view instead of the address, the status, and the number that the page showed."""
    told: EventDict = {}
    request, status = getattr(record, "request", None), getattr(record, "status_code", None)
    if status is not None:
        told["status"] = status
    if fault := getattr(request, "fault", None):
        told["fault"] = fault
    if match := getattr(request, "resolver_match", None):
        told["route"] = match.view_name
    return told


def last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Of a command that ends by an error that nobody caught: its outline, not its message."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("process.ended").critical("", exc_info=(kind, error, trace))


STAMPS: Final[tuple[Processor, ...]] = (
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "outline": {
            "()": structlog.stdlib.ProcessorFormatter,
            "use_get_message": False,
            "pass_foreign_args": True,
            "foreign_pre_chain": [outline, *STAMPS],
            "processors": [
                only_listed,
                structlog.processors.LogfmtRenderer(key_order=FIRST, bool_as_flag=False),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "outline"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {
            "handlers": [],
            "propagate": True,
        },  # its own would mail a failed page, with what was posted
        "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "CRITICAL", "handlers": []},  # an address is not for a log
    },
}


def set_up(*, outlines_only: bool) -> None:
    """For every process, before its first line; Django and Celery then apply `LOGGING`."""
    structlog.configure(
        processors=[*STAMPS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    if outlines_only:
        logging.raiseExceptions = False  # a line that cannot be written must not be quoted instead
        sys.excepthook = last_words
        threading.excepthook = lambda ended: last_words(
            ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback
        )
