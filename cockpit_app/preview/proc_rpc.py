"""The hero_proc of the preview: a process that offers `service.*` and asks supervisord.

Jobs, secrets and logs of runs are not here yet; a further group of methods is one more list.
Source: hero_proc reference, 1.2 to 1.4.
"""

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from cockpit_app import __version__
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import WantedStates, load_programs
from cockpit_app.preview.service_methods import ServiceMethods
from cockpit_app.preview.sockets import private_umask, serve, stop_signal
from cockpit_app.preview.supervisor import Supervisor, SupervisorFault

ABOUT = About(
    name="hero_proc",
    title="Supervisor",
    description="Keeps the services of this preview running",
    version=__version__,
)
OBSERVE_EVERY_S = 1.0


async def run(home: Home) -> None:
    """Serve `hero_proc/rpc.sock` until a signal ends it."""
    services = ServiceMethods(
        home=home,
        programs=load_programs(home),
        wanted=WantedStates(home),
        supervisor=Supervisor(home.supervisor_socket),
    )
    face = Face(ABOUT, services.methods())
    over = stop_signal()
    observer = asyncio.create_task(_observe(services))
    try:
        await serve(face.application(), home.socket("hero_proc/rpc.sock"), over)
    finally:
        observer.cancel()
        await asyncio.gather(observer, return_exceptions=True)


async def _observe(services: ServiceMethods) -> None:
    """Look at all programs regularly, so that restarts are counted while nobody asks."""
    while True:
        with contextlib.suppress(SupervisorFault):
            await services.observe()
        await asyncio.sleep(OBSERVE_EVERY_S)


def main() -> None:
    """Run as a process; the home is told by PATH_ROOT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    private_umask()
    asyncio.run(run(Home(Path(os.environ["PATH_ROOT"]))))


if __name__ == "__main__":
    main()
