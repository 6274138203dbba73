"""What each operation of the contract does, once its request has been checked: a module for each tag."""

from leap.emulator.api.images import ImagesApi
from leap.emulator.api.models import ModelsApi
from leap.emulator.api.music import MusicApi
from leap.emulator.endpoint import Handler
from leap.emulator.store import Store
from leap.emulator.worker import Worker

__all__ = ["handlers"]


def handlers(store: Store, worker: Worker, url: str) -> dict[str, Handler]:
    """Give the handler of each operation by its operationId.

    `url` is the emulator's own, for requests whose Host header gives none.
    """
    return {
        **ImagesApi(store.jobs, worker, url).handlers(),
        **ModelsApi(store.jobs, worker, url).handlers(),
        **MusicApi(store.jobs, worker, url).handlers(),
    }
