"""What stands before an estimator: transformers of time steps, and tables cut into sequences."""

from skrnn.preprocessing.channels_first import ChannelsFirst
from skrnn.preprocessing.fill_steps import FillSteps
from skrnn.preprocessing.from_frame import FrameSequences, sequences_from_frame
from skrnn.preprocessing.into_frame import to_frame
from skrnn.preprocessing.per_step import PerStep
from skrnn.preprocessing.stack_steps import StackSteps

__all__ = [
    "ChannelsFirst",
    "FillSteps",
    "FrameSequences",
    "PerStep",
    "StackSteps",
    "sequences_from_frame",
    "to_frame",
]
