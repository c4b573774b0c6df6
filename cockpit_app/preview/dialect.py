"""The switches of the preview's hero_proc: one for each thing on which public sources disagree.

A developer throws them in `<home>/cfg/preview/switches`, one word in a line; empty lines and what
follows a `#` are passed over. They are read when hero_proc starts: stop the preview and start it
again, or end the hero_proc process, which is started anew. What they do is `translation`'s matter.
Source: hero_proc reference, 6, and the caveats in 1.2 to 1.5 and 7; each names its place there.
"""

from enum import StrEnum
from pathlib import Path
from typing import Self

from cockpit_app.preview.home import Home, PreviewError


class Switch(StrEnum):
    """One way in which a hero_proc may differ; `source` says who says so."""

    source: str

    def __new__(cls, word: str, source: str = "") -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.source = source
        return member

    UNDERSCORE = "underscore", "Methods are called service_list and so on: the ancestor (1.5)"
    JOB_SUBMIT = (
        "job_submit",
        "job.create is called job.submit: the seed against hero_proc#47 (6.3)",
    )
    JOB_STATUS = "job_status", "job.get is called job.status: no source names either (1.4)"
    JOB_STOP = "job_stop", "job.cancel is called job.stop: no source names either (1.4)"
    LOGS_GET = "logs_get", "service.logs is called logs.get: the ancestor's log store (1.5)"
    SERVICE_NAME = "service_name", "A service is named by service_name: parameter unsure (7)"
    SECRET_NAMES = "secret_names", "Secrets by context_name, name, secret_value: names unsure (6.2)"
    WRAPPED = "wrapped", "Parameters travel in {'input': {}}: generated services (1.2, whiteboard)"

    SECRET_CREATE = "secret_create", "No secret.set; create refuses what exists: home#222 (6.2)"
    SECRET_UPDATE = "secret_update", "No secret.set; create and update: as generated services (7)"
    SECRET_LIST_REVEALS = "secret_list_reveals", "secret.list shows the values: open (6.2)"
    SECRET_OBJECT = "secret_object", "secret.get answers {'value': …}: shape unsure (1.4)"
    SECRET_NULL = "secret_null", "secret.get answers null for what is not there: shape unsure (7)"
    SECRET_HIDDEN = "secret_hidden", "secret.get refuses what is there: reading may be denied (7)"
    NO_SECRET_LIST = "no_secret_list", "There is no secret.list: only home#222 names it (1.4)"

    JOB_OBJECT = "job_object", "Jobs by job_id; job.create answers an object: shape unsure (1.4)"
    JOB_STRING = "job_string", "Ids of jobs are texts of digits: shape unsure (7)"
    JOB_PHASE = "job_phase", "A job has a phase, capitalised, and no state: field unsure (1.4)"
    JOB_SPEC = "job_spec", "job.create takes its fields in {'spec': {}}: nesting unsure (1.3)"
    JOB_SCRIPT = "job_script", "job.create takes a script, no command: the only named field (1.3)"
    JOB_TIMEOUT = "job_timeout", "A job without timeout_ms gets 5000: the spec, not the code (1.3)"
    NO_AFTER = "no_after", "job.logs always gives all lines: only attempt is named (1.4)"

    LIST_NAMES = "list_names", "service.list_full gives names only: shape unsure (7)"
    LIST_MAP = "list_map", "Lists of services are maps by name: the older ancestor (1.5)"
    LIST_WRAPPED = "list_wrapped", "Lists come in an object, as {'services': …}: shape unsure (7)"
    STATE_WORDS = "state_words", "The seven states of the ancestor, capitalised (6.5, 1.5)"
    TARGET = "target", "What is wanted is target: Up or Down, not status: the ancestor (1.5)"
    SOCKET_UI = "socket_ui", "The admin socket is ui.sock, as before May 2026 (6.8)"
    LOGS_STRINGS = "logs_strings", "Lines of logs are plain texts: shape unsure (7)"
    LOGS_OBJECTS = "logs_objects", "Lines are records with message and level: hero_lib#133 (3.6)"

    RESULTS_NULL = "results_null", "Actions answer null: the older ancestor (1.4)"
    RESULTS_BOOL = "results_bool", "Actions answer true: the ancestor (1.4)"
    RESULTS_OK = "results_ok", "Actions answer 'ok': shape unsure (7)"

    NO_LIST_FULL = "no_list_full", "There is no service.list_full: it came with hero_proc#120 (7)"
    NO_RESTART = "no_restart", "There is no service.restart: it came with hero_proc#115 (7)"
    NO_ENABLE = "no_enable", "There is no service.enable and disable: no source names them (1.4)"
    NO_SERVICE_LOGS = "no_service_logs", "Logs of services are files only (6.11)"

    API_DOMAIN = "api_domain", "All is below /api/main, as in multi-domain services (6.9)"
    NO_DOCUMENT = "no_document", "Neither /openrpc.json nor rpc.discover: older servers (7)"
    DOCUMENT_STRING = "document_string", "Only rpc.discover, and it gives a text: zinit (1.2)"
    HTTP_ERRORS = "http_errors", "Errors come with HTTP status 4xx and 5xx: open (6.16)"
    UNKNOWN_32000 = "unknown_32000", "An unknown method gives -32000 and words: hero_slides (1.2)"


Switches = frozenset[Switch]
USUAL: Switches = frozenset()
"""No switch thrown: what the reference holds for likeliest."""


def switches_file(home: Home) -> Path:
    """Return where the switches of this home are thrown."""
    return home.config / "preview" / "switches"


def read_switches(home: Home) -> Switches:
    """Return the switches thrown in this home; raises PreviewError that names an unknown one."""
    path = switches_file(home)
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return USUAL
    except (OSError, ValueError) as error:
        raise PreviewError(f"{path} cannot be read. Mend it, or remove it.") from error
    words = (line.partition("#")[0].strip() for line in lines)
    return frozenset(_switch(word, path) for word in words if word)


def _switch(word: str, path: Path) -> Switch:
    try:
        return Switch(word)
    except ValueError as error:
        known = ", ".join(sorted(Switch))
        raise PreviewError(
            f"{path} throws {word!r}, which is no switch. Known are: {known}."
        ) from error
