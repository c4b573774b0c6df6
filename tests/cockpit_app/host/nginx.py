"""A real nginx for the tests; it ends with its `with` block."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    default_type text/html;
{places}
  }}
}}
"""
_PLACE = """
    location {below}/ {{
      proxy_pass http://unix:{socket}{rest};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      proxy_set_header X-Forwarded-Prefix "{below}";
      proxy_set_header X-Hero-User alice;
      proxy_set_header X-Hero-Claims groups.admin;
    }}
"""
_SIGN_IN = """
    location / { return 302 /sign-in; }
    location = /sign-in { return 200 "Please sign in."; }
"""


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def proxying(upstream: Path) -> str:
    """Return places of nginx that forward at `/`, below a stripped prefix and below a kept one."""
    return "".join(
        _PLACE.format(below=below, socket=upstream, rest=rest)
        for below, rest in (("", ""), ("/stripped/web", ":/"), ("/whole/web", ""))
    )


def asking_to_sign_in() -> str:
    """Return places of a front that lets nobody through unless they sign in."""
    return _SIGN_IN


@asynccontextmanager
async def nginx(folder: Path, places: str, *, port: int) -> AsyncIterator[str]:
    """Run nginx with these places; gives its URL."""
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, places=places))
    path = f"{os.environ['PATH']}:/usr/sbin"
    process = await asyncio.create_subprocess_exec(
        "nginx", "-c", str(config), "-p", str(folder), env={"PATH": path}
    )
    try:
        async with asyncio.timeout(10):
            while not await _accepts(port):
                assert process.returncode is None
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.02)
        return False
    writer.close()
    await writer.wait_closed()
    return True
