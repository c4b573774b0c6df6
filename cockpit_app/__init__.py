"""hero_cockpit: starts the program; the only package where all parts meet."""

__version__ = "0.1.0"
