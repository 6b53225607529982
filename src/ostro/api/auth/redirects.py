"""Where a browser is sent after signing in or out: always a path of our own page."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

#: Longer ones are no path of the page.
MAX_PATH = 2_000
#: Characters that stay as they are in a path with a query.
_KEPT = "/?&=:@+$,;~!*'()%"


def safe_path(asked: str | None) -> str:
    """The path that was asked for, when it leads to our own page; "/" otherwise. Browsers read `//x` and `/\\x` as hosts, and pass over tabs and line breaks."""
    if not asked or len(asked) > MAX_PATH:
        return "/"
    seen = asked
    for _ in range(3):
        # However often it is decoded on its way, it may not become another address.
        if not _is_own(seen):
            return "/"
        decoded = unquote(seen)
        if decoded == seen:
            break
        seen = decoded
    else:
        return "/"
    return quote(asked, safe=_KEPT)


def _is_own(path: str) -> bool:
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    if any(ord(c) < 32 or ord(c) in range(127, 160) for c in path):
        return False
    if ".." in path.split("?")[0].split("/"):
        return False
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
