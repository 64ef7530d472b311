"""Fitted estimators as ONNX models; needs ``pip install 'skrnn[onnx]'``."""

from skrnn.export.model import to_onnx
from skrnn.export.pipeline import register

__all__ = ["register", "to_onnx"]
