"""The kinds of jobs there are."""

from enum import StrEnum


class Kind(StrEnum):
    """What a job makes; the store keeps it with the job."""

    IMAGE = "image"
    TRAINING = "training"
    MUSIC = "music"
