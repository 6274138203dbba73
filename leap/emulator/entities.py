"""How jobs and models look on the wire: the entities of openapi.yaml."""

from leap.emulator.image_request import ImageRequest
from leap.emulator.jobs import Job, State
from leap.emulator.music_request import MusicRequest
from leap.emulator.training_request import TrainingRequest

Entity = dict[str, object]


def entity_of(job: Job, base_url: str) -> Entity:
    """Give a job as the entity of its kind; what it has made shows once it has finished.

    `base_url` has no slash at its end; the addresses of the files begin with it.
    """
    match job.request:
        case ImageRequest() as asked:
            return _inference(job, asked, base_url)
        case TrainingRequest() as asked:
            return _model(job, asked, base_url)
        case MusicRequest() as asked:
            return _music(job, asked, base_url)


def _inference(job: Job, asked: ImageRequest, base_url: str) -> Entity:
    return {
        "id": job.id,
        "createdAt": job.created_at,
        "prompt": asked.prompt,
        "negativePrompt": asked.negative_prompt,
        "seed": asked.seed,
        "width": asked.width,
        "height": asked.height,
        "promptStrength": asked.prompt_strength,
        "numberOfImages": asked.number_of_images,
        "state": job.state,
        "status": job.state,
        "steps": asked.steps,
        "images": [
            {"id": file.id, "createdAt": file.created_at, "uri": base_url + file.path}
            for file in (job.files if job.state is State.FINISHED else ())
        ],
        "modelId": asked.model_id,
        "upscalingOption": "x1",
    }


def _model(job: Job, asked: TrainingRequest, base_url: str) -> Entity:
    return {
        "id": job.id,
        "name": asked.name,
        "createdAt": job.created_at,
        "subjectKeyword": asked.subject_keyword,
        "subjectType": asked.subject_type,
        "status": job.state,
        "imageSamples": asked.sample_urls or [base_url + file.path for file in job.files],
    }


def _music(job: Job, asked: MusicRequest, base_url: str) -> Entity:
    entity: Entity = {
        "id": job.id,
        "createdAt": job.created_at,
        "prompt": asked.prompt,
        "state": job.state,
    }
    if job.state is State.FINISHED and job.files:
        entity["media_uri"] = base_url + job.files[0].path
    return entity
