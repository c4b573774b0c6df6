"""The hero_proc of the preview: a process that offers services, jobs and secrets on its socket.

supervisord runs the services, a keeper each job; this process can die at any time without harm to
either. `application` gives the same face to a test, in whatever dialect.
Source: hero_proc reference, 1.2 to 1.4.
"""

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

from starlette.applications import Starlette

from cockpit_app import __version__
from cockpit_app.preview.dialect import USUAL, Switches, read_switches
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.home import Home, PreviewError
from cockpit_app.preview.job_methods import JobMethods
from cockpit_app.preview.jobs import Jobs
from cockpit_app.preview.programs import WantedStates, load_programs
from cockpit_app.preview.secret_methods import SecretMethods
from cockpit_app.preview.service_methods import ServiceMethods
from cockpit_app.preview.sockets import private_umask, serve, stop_signal
from cockpit_app.preview.supervisor import Supervisor, SupervisorFault
from cockpit_app.preview.ui_sockets import link_ui_sockets

ABOUT = About(
    name="hero_proc",
    title="Supervisor",
    description="Keeps the services of this preview running",
    version=__version__,
)
OBSERVE_EVERY_S = 1.0


def application(
    home: Home, *, supervisor: Supervisor, switches: Switches = USUAL, owner: int | None = None
) -> Starlette:
    """Return hero_proc's ASGI application for `home`, in the dialect of `switches`.

    Its jobs end with the process `owner`, this one if left alone. Restarts of services are counted
    only when somebody asks; the process below looks by itself.
    """
    return _face(home, _services(home, supervisor), switches, owner or os.getpid()).application()


def _services(home: Home, supervisor: Supervisor) -> ServiceMethods:
    return ServiceMethods(
        home=home,
        programs=load_programs(home),
        wanted=WantedStates(home),
        supervisor=supervisor,
    )


def _face(home: Home, services: ServiceMethods, switches: Switches, owner: int) -> Face:
    jobs = JobMethods(home, Jobs(home, owner=owner))
    methods = [*services.methods(), *jobs.methods(), *SecretMethods(home).methods()]
    return Face(ABOUT, methods, switches)


async def run(home: Home) -> None:
    """Serve `hero_proc/rpc.sock` until a signal ends it."""
    switches = read_switches(home)
    link_ui_sockets(home, load_programs(home), switches)
    services = _services(home, Supervisor(home.supervisor_socket))
    face = _face(home, services, switches, os.getppid())
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
    try:
        asyncio.run(run(Home(Path(os.environ["PATH_ROOT"]))))
    except PreviewError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
