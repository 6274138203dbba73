"""`leap gallery`: a page of pictures that stands alone, in one file."""

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from leap.cli.connection import connect, model_of
from leap.cli.errand import Errand
from leap.cli.errors import CommandError, ExitCode
from leap.cli.kinds import Pictures
from leap.cli.messages import print_json, print_paths, report
from leap.cli.progress import progress
from leap.cli.settings import Model, Settings, takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leap import Leap
    from leap.notebook.gallery import GalleryPicture


@takes("host", "api_key", "json", "verbose")
def gallery(
    settings: Settings,
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where the pictures are.", show_default=False)
    ] = None,
    *,
    of_jobs: Annotated[
        bool, typer.Option("--jobs", metavar="", help="The pictures of the finished jobs of a model instead.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", help="Of no more jobs than so many.")
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="Where the page goes; replaced if it is there."),
    ] = Path("gallery.html"),
    title: Annotated[str, typer.Option(metavar="TEXT", help="What stands above the pictures.")] = "Pictures",
    model: Model = None,
) -> ExitCode:
    """Make a page of pictures that stands alone, and print its path.

    The pictures are in it: it can be mailed, put on a stick or looked at in ten years.
    """
    from leap.exceptions import ApiValueError
    from leap.notebook.gallery import pictures_in, write_gallery

    if of_jobs == (directory is not None):
        raise CommandError("give either DIR or --jobs", ExitCode.USAGE)
    if limit is not None and (limit < 1 or not of_jobs):
        raise CommandError("--limit: needs a number above 0, and --jobs", ExitCode.USAGE)
    faults: list[str] = []
    try:
        if directory is not None:
            count = write_gallery(pictures_in(directory), out, title=title)
        else:
            with connect(settings) as leap:
                pictures = _pictures_of_jobs(leap, model_of(model), limit, faults)
                count = write_gallery(pictures, out, title=title)
    except ApiValueError as error:
        # What is wrong with the call, and not with one of its options.
        raise CommandError("\n".join([*faults, str(error)]), ExitCode.API_ERROR) from error
    if settings.json:
        print_json({"file": str(out), "pictures": count})
    else:
        print_paths([out])
    for fault in faults:
        report(fault)
    return ExitCode.API_ERROR if faults else ExitCode.OK


def _pictures_of_jobs(
    leap: "Leap", model_id: str, limit: int | None, faults: list[str]
) -> "Iterator[GalleryPicture]":
    """The pictures of jobs, each of which is on the disk only as long as it takes to put it on the page."""
    from leap.cli.errors import explain
    from leap.exceptions import ApiException
    from leap.jobs.reading import id_of, picture_urls
    from leap.notebook.gallery import pictures_of

    errand = Errand(Pictures(model_id))
    with progress(1, 1) as shown:
        jobs = leap.generate_images.iterate(model_id, only_finished=True)
        for number, job in enumerate(islice((each for each in jobs if picture_urls(each)), limit), 1):
            shown.state(errand, f"job {number}")
            with TemporaryDirectory(prefix="leap-gallery-") as folder:
                try:
                    paths = leap.generate_images.download(job, folder)
                except ApiException as error:
                    explanation = explain(error)
                    faults.append(f"job {id_of(job)}: {explanation.message if explanation else error}")
                    paths = list(getattr(error, "paths", ()))
                yield from pictures_of(job, paths)
