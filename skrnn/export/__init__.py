"""Fitted estimators elsewhere: ONNX, for ``pip install 'skrnn[onnx]'``, and PyTorch's weights."""

from skrnn.export.model import to_onnx
from skrnn.export.pipeline import register
from skrnn.export.state_dict import from_torch, to_torch

__all__ = ["from_torch", "register", "to_onnx", "to_torch"]
