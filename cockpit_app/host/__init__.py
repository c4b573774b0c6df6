"""The web host: our own ASGI application around Flet, on Unix sockets and loopback."""
