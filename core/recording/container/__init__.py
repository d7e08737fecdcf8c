"""Encoded frames → one file, as they are."""

from .file import TakeFile
from .formats import VideoFormat, counts_for, extension, refusal

__all__ = ["TakeFile", "VideoFormat", "counts_for", "extension", "refusal"]
