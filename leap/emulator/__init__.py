"""A Leap-compatible server that runs on your own machine: no account, no network, no bill.

It speaks the whole API over a real socket, takes any bearer token, moves its jobs from queued over processing
to finished in the background, draws a real PNG for each picture asked for, and plays music as a real WAV.

    from leap.emulator import Emulator

    with Emulator() as emulator:
        print(emulator.url)

The wall: nothing in this package imports anything else of `leap`. Requests are checked against
`openapi.yaml`, so that a fault of the client cannot hide on both sides of the wire.
"""

try:
    from leap.emulator.faults import Fault
    from leap.emulator.image_request import ImageRequest
    from leap.emulator.rendering import Renderer
    from leap.emulator.server import Emulator
    from leap.emulator.store import StoreError
    from leap.emulator.workspace import Workspace
except ModuleNotFoundError as error:
    if (error.name or "").startswith("leap"):
        raise
    raise ModuleNotFoundError(
        f"the emulator needs {error.name}, which the extra 'emulator' of leap-sdk installs", name=error.name
    ) from error

__all__ = ["Emulator", "Fault", "ImageRequest", "Renderer", "StoreError", "Workspace"]
