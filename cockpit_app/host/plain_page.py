"""A page of one sentence that needs neither Flutter nor scripts: for who may not come in."""

from html import escape

from starlette.responses import HTMLResponse

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32em; margin: 20vh auto; }}
  body {{ padding: 0 24px; }}
  h1 {{ font-size: 22px; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{sentence}</p>
</body>
</html>
"""


def plain_page(*, title: str, sentence: str, status: int) -> HTMLResponse:
    """Return the answer; both texts are plain text."""
    page = _PAGE.format(title=escape(title), sentence=escape(sentence))
    return HTMLResponse(page, status, headers={"cache-control": "no-store"})
