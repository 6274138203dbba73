"""`leap models`: trains models on pictures, and the models that there are."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leap.cli import present
from leap.cli.errors import CommandError, ExitCode
from leap.cli.kinds import Models
from leap.cli.present import Limit
from leap.cli.settings import Emulate, Settings, takes
from leap.cli.submission import Submission
from leap.model.create_and_train_model_dto import CreateAndTrainModelDto

_MODEL = "Model"

_SPEED = 200.0
"""How much faster than the service an emulator in the command is: a training takes it seconds."""

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of the models.")]


@takes("host", "api_key", "timeout", "json", "verbose")
def train(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="Pictures of the subject: PNG, JPEG or WebP.", show_default=False
        ),
    ] = None,
    *,
    urls: Annotated[
        list[str] | None,
        typer.Option(
            "--url", metavar="URL", help="Where a picture is, instead of files; several if given again."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="TEXT", help="What the model is called.", rich_help_panel=_MODEL),
    ] = None,
    keyword: Annotated[
        str | None,
        typer.Option(
            metavar="WORD", help="What stands for the subject in prompts: @fox", rich_help_panel=_MODEL
        ),
    ] = None,
    subject_type: Annotated[
        str | None,
        typer.Option(
            "--type", metavar="TEXT", help="What the subject is; person if left out.", rich_help_panel=_MODEL
        ),
    ] = None,
    webhook_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A URL of yours that is told when it has ended.", rich_help_panel=_MODEL
        ),
    ] = None,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", metavar="", help="Do not wait until it is trained."),
    ] = False,
    emulate: Emulate = False,
) -> ExitCode:
    """Train a model on pictures of a subject, and print its id.

    It takes 20 to 40 minutes. Ctrl-C ends the waiting alone: leap models wait goes on with it.

    The id is then one for leap generate --model.
    """
    if files and urls:
        raise CommandError("give FILEs or --url, not both", ExitCode.USAGE)
    if not files and not urls:
        raise CommandError("there are no pictures: give FILEs, or --url", ExitCode.USAGE)
    if emulate and no_wait:
        raise CommandError("--no-wait: cannot go with --emulate, which ends with the command", ExitCode.USAGE)
    submission = Submission(settings, Models(), emulate=emulate, speed=_SPEED)
    given: dict[str, Any] = {
        "name": name,
        "subject_keyword": keyword,
        "subject_type": subject_type,
        "webhook_url": webhook_url,
        "image_sample_files": files or None,
        "image_sample_urls": urls or None,
    }
    body = CreateAndTrainModelDto(**{field: value for field, value in given.items() if value is not None})
    return submission.deliver([body], awaited=not no_wait)


@takes("host", "api_key", "json", "verbose")
def list_models(
    settings: Settings,
    *,
    finished: Annotated[
        bool, typer.Option("--finished", metavar="", help="Only the models that have been trained.")
    ] = False,
    limit: Limit = None,
) -> None:
    """List the models of your workspace, in the order of the service.

    A line has the id, the state, the time of submission (UTC) and the name.
    """
    present.list_all(settings, Models(), finished=finished, limit=limit)


@takes("host", "api_key", "json", "verbose")
def show(settings: Settings, ids: Ids) -> ExitCode:
    """Show models with everything that the service says of them."""
    return present.show(settings, Models(), ids)


@takes("host", "api_key", "timeout", "json", "verbose")
def wait(settings: Settings, ids: Ids) -> ExitCode:
    """Wait until models are trained, and print the ids of those that are."""
    return present.wait(settings, Models(), ids)


@takes("host", "api_key", "json", "verbose")
def delete(settings: Settings, ids: Ids) -> ExitCode:
    """Delete models from the service, and print their ids.

    Nothing is asked, and nothing brings them back.
    """
    return present.delete(settings, Models(), ids)
