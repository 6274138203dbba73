"""The gallery: what the emulator has and does, as pages for a person.

A page is rendered whole by the server and works without its script. With the script it stays true while it
is open: `views` says of what parts each page is made, and `stream` sends those that have changed.
"""

from leap.emulator.gallery.routes import routes

__all__ = ["routes"]
