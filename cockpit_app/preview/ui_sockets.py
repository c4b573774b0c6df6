"""Names the admin sockets of a preview `ui.sock`, as they were called before May 2026.

Only under the switch `socket_ui`. A link leads to the real socket: where that is gone, so is this.
Source: hero_proc reference, 1.1 and 6.8.
"""

from collections.abc import Iterable

from cockpit_app.preview.dialect import Switch, Switches
from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import Program


def link_ui_sockets(home: Home, programs: Iterable[Program], switches: Switches) -> None:
    """Make the links that `switches` ask for, and remove those of a former start."""
    for program in programs:
        for admin in (home.socket(path) for path in program.sockets):
            if admin.name != "admin.sock":
                continue
            link = admin.with_name("ui.sock")
            link.unlink(missing_ok=True)
            if Switch.SOCKET_UI in switches:
                admin.parent.mkdir(mode=0o700, exist_ok=True)
                link.symlink_to(admin.name)
