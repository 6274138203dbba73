"""Where the emulator is, as the one who asks knows it."""

import re
from typing import Final

from starlette.requests import Request

_HOST: Final = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


def base_url(request: Request, otherwise: str) -> str:
    """Give what the addresses in an answer begin with: the name by which the client reached us.

    A request whose Host header is no name gets `otherwise`, the emulator's own URL.
    """
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else otherwise
