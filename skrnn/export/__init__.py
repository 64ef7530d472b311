"""Fitted estimators as ONNX models; needs ``pip install 'skrnn[onnx]'``."""

from skrnn.export.model import to_onnx

__all__ = ["to_onnx"]
