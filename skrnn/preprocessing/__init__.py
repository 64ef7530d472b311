"""What stands before an estimator: transformers of time steps, and tables cut into sequences."""

from skrnn.preprocessing.from_frame import FrameSequences, sequences_from_frame
from skrnn.preprocessing.into_frame import to_frame
from skrnn.preprocessing.per_step import PerStep

__all__ = ["FrameSequences", "PerStep", "sequences_from_frame", "to_frame"]
