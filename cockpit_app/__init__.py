"""hero_cockpit: starts the program; the only package where all parts meet."""

import os

__version__ = "0.1.0"
# A build may bear a number of its own: the preview's `lab` installs the same program under others.
__version__ = os.environ.get("HERO_COCKPIT_BUILD") or __version__
