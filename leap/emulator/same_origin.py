"""Changes that a web page of another site asks for are refused.

The emulator has no password, and any page that is open in a browser of the same machine can send it requests.
A browser says which page a request comes from; a program that is none says nothing, and is let in.
"""

from starlette.requests import Request

from leap.emulator.errors import Refusal


def refuse_other_origins(request: Request) -> None:
    """Let a request pass unless a page of another origin has caused it.

    Raises:
        Refusal: A browser says so in Origin or Sec-Fetch-Site; answered with 403.
    """
    host = request.headers.get("host", "").lower()
    origins = {origin.lower() for origin in request.headers.getlist("origin")}
    sites = set(request.headers.getlist("sec-fetch-site"))
    if origins - {f"http://{host}", f"https://{host}"} or sites - {"same-origin", "none"}:
        raise Refusal(403, "requests from pages of another origin are refused")
