"""Files: those of a job, several at once, each whole under its name or not there at all."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO

from leap.downloads.names import FileNames
from leap.downloads.placing import place, there_already
from leap.downloads.transfer import transfer
from leap.exceptions import ApiException, ApiValueError, DownloadError
from leap.schemas.faults import show_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leap.api_client import ApiClient
    from leap.api_client.fetching import Fetched
    from leap.media_types import Family, MediaType

_LONGEST_JOB_NAME = 40

Outcome = Path | ApiException | OSError


def download_files(
    api_client: ApiClient,
    job_id: str,
    urls: Sequence[str],
    directory: str | Path,
    *,
    name: str,
    overwrite: bool,
    on_progress: Callable[[int, int | None], object] | None,
    max_bytes: int,
    parallel: int = 1,
    expected: Family,
) -> list[Path]:
    """Download what a job has made; `leap.jobs.image_jobs.ImageJobs.download` says what it promises.

    Args:
        api_client: What fetches.
        job_id: Id of the job.
        urls: Where the files are; an empty string for one that does not say.
        directory: Where they go.
        name: How they are called.
        overwrite: Whether they replace what is there.
        on_progress: Who is told.
        max_bytes: The largest one that is taken.
        parallel: How many are fetched at once.
        expected: What each has to be one of.
    """
    for argument, value in (("max_bytes", max_bytes), ("parallel", parallel)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ApiValueError(f"{argument}: got {show_value(value)}, needs a whole number from 1")
    began = perf_counter()
    progress = _Progress(len(urls), on_progress)
    download = _Download(
        api_client,
        Path(directory),
        FileNames(name, job_id, len(urls)),
        overwrite=overwrite,
        progress=progress,
        max_bytes=max_bytes,
        expected=expected,
    )
    download.directory.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    with suppress(_Stopped):
        if len(urls) == 1 or parallel == 1:
            outcomes = [download.attempt(index, url) for index, url in enumerate(urls)]
        else:
            outcomes = _side_by_side(download, urls, parallel)
    if progress.fault is not None:
        raise progress.fault
    try:
        return _paths_or_error(outcomes, expected.noun)
    except DownloadError as error:
        error.time_spent = perf_counter() - began
        raise


class _Stopped(BaseException):
    """Ends a transfer that is wanted no more; never leaves this module."""


class _Progress:
    """What is there of all files together.

    Attributes:
        fault: What the callback raised. It ends all, and must not be taken for a fault of a file: a pipe
            that is closed at the other end is an `OSError` too.
    """

    fault: BaseException | None = None

    def __init__(self, count: int, on_progress: Callable[[int, int | None], object] | None) -> None:
        self._received = [0] * count
        self._sizes: list[int | None] = [None] * count
        self._on_progress = on_progress
        self._lock = threading.Lock()

    def received(self, index: int, count: int, size: int | None) -> None:
        if self._on_progress is None:
            return
        with self._lock:
            if self.fault is not None:
                raise _Stopped
            # One that has to begin anew does not go back.
            self._received[index] = max(self._received[index], count)
            self._sizes[index] = None if size is None else max(size, self._received[index])
            sizes = [each for each in self._sizes if each is not None]
            total = sum(sizes) if len(sizes) == len(self._sizes) else None
            try:
                self._on_progress(sum(self._received), total)
            except BaseException as error:  # noqa: BLE001 - `download_files` raises it again
                self.fault = error
        if self.fault is not None:
            raise _Stopped


class _Download:
    """What the files of one job have in common."""

    def __init__(
        self,
        api_client: ApiClient,
        directory: Path,
        names: FileNames,
        *,
        overwrite: bool,
        progress: _Progress,
        max_bytes: int,
        expected: Family,
    ) -> None:
        self.directory = directory
        self.names = names
        self.overwrite = overwrite
        self.progress = progress
        self._api_client = api_client
        self._max_bytes = max_bytes
        self._expected = expected
        self._stopped = threading.Event()
        self._open: dict[int, Fetched] = {}
        self._temporary: dict[Path, None] = {}
        self._lock = threading.Lock()

    def attempt(self, index: int, url: str) -> Outcome:
        """Download one file; what keeps it from being there is given, so that the others can go on."""
        observer = _Observer(self, index)
        if not url:
            return DownloadError("the job does not say where it is")
        try:
            with self._temporary_file(self.names.name(index + 1, "")) as file:
                kind = transfer(
                    lambda offset, validator: self._api_client.fetch(
                        url, most_bytes=self._max_bytes, offset=offset, validator=validator
                    ),
                    file,
                    self._expected,
                    observer,
                )
                file.close()
                target = self.directory / self.names.name(index + 1, kind.suffix)
                return place(Path(file.name), target, overwrite=self.overwrite)
        except (ApiException, OSError) as error:
            return error
        finally:
            self._open.pop(index, None)

    def stop(self) -> None:
        """End the transfers that are under way in other threads."""
        with self._lock:
            self._stopped.set()
        for answer in list(self._open.values()):
            answer.abort()
        # A thread that waits for an answer may not come to it before the process has ended.
        for path in list(self._temporary):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def opened(self, index: int, answer: Fetched) -> None:
        self._open[index] = answer
        self.go_on()

    def go_on(self, seconds: float = 0) -> None:
        """Let time pass, unless all is to stop."""
        if self._stopped.wait(seconds):
            raise _Stopped

    @contextmanager
    def _temporary_file(self, name: str) -> Iterator[BinaryIO]:
        """A file beside the one to come; it is gone afterwards, unless it has been moved."""
        path = self.directory / f".{name[:_LONGEST_JOB_NAME]}.{token_hex(4)}.part"
        try:
            # No file is made after `stop` has looked which there are.
            with self._lock:
                self.go_on()
                self._temporary[path] = None
                file = path.open("x+b")
            with file:
                yield file
        finally:
            path.unlink(missing_ok=True)
            self._temporary.pop(path, None)


class _Observer:
    """Follows the transfer of one file."""

    def __init__(self, download: _Download, index: int) -> None:
        self._download = download
        self._index = index

    def opened(self, answer: Fetched) -> None:
        self._download.opened(self._index, answer)

    def received(self, count: int, size: int | None) -> None:
        self._download.go_on()
        self._download.progress.received(self._index, count, size)

    def recognised(self, kind: MediaType) -> None:
        target = self._download.directory / self._download.names.name(self._index + 1, kind.suffix)
        if not self._download.overwrite and target.exists():
            # Better said before the whole of it has come.
            raise there_already(target)

    def pause(self, seconds: float) -> None:
        self._download.go_on(seconds)


def _side_by_side(download: _Download, urls: Sequence[str], parallel: int) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    waiting = iter(enumerate(urls))
    lock = threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    index, url = next(waiting, (0, None))
                if url is None:
                    break
                outcomes[index] = download.attempt(index, url)
        except BaseException as error:  # noqa: BLE001 - a fault of the program's own, which the caller gets
            ended.put(error)
        else:
            ended.put(None)

    # Not those of an executor, which the end of the process would wait for: one may be waiting for a host
    # that does not answer.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(parallel, len(urls)))]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            _raise(ended.get())
    except BaseException:
        download.stop()
        raise
    return [outcomes[index] for index in range(len(urls))]


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error


def _paths_or_error(outcomes: list[Outcome], noun: str) -> list[Path]:
    paths = [outcome for outcome in outcomes if isinstance(outcome, Path)]
    errors = [(number, each) for number, each in enumerate(outcomes, 1) if not isinstance(each, Path)]
    if not errors:
        return paths
    for number, error in errors:
        if isinstance(error, OSError):
            if paths:
                error.add_note(f"These are there: {', '.join(map(str, paths))}")
            for other, each in errors:
                if other != number:
                    error.add_note(f"{noun} {other} of {len(outcomes)}: {each}")
            raise error
    first = errors[0][1]
    assert isinstance(first, ApiException)  # noqa: S101 - the others have been raised
    told = [f"{noun} {number} of {len(outcomes)}: {error}" for number, error in errors]
    raised = DownloadError(
        "\n".join(told) if len(outcomes) > 1 else str(first),
        status=first.status,
        reason=first.reason,
        headers=first.headers,
    )
    raised.paths = tuple(paths)
    raise raised from (None if isinstance(first, DownloadError) else first)
