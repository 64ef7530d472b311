"""
Weights of ``torch.nn`` and what its modules make of them, kept so that no test needs torch.

``python -m tests.reference.torch_state_dicts`` (with torch installed) writes the file anew.
"""

from pathlib import Path

import numpy as np

from tests.reference.torch_results import MODULES

FILE = Path(__file__).with_name("torch_state_dicts.npz")
SHAPES = {"one": (1, False), "two": (2, False), "both": (2, True)}
N_INPUTS, N_UNITS, N_CLASSES = 3, 4, 3


def make(name, shape, bias=True, dtype="float64"):
    """Return a module as `skrnn.export.to_torch` describes it."""
    import torch

    kind, settings, _ = MODULES[name]
    n_layers, both = SHAPES[shape]
    settings = settings | {"bidirectional": both, "bias": bias, "batch_first": True}
    dtype = getattr(torch, dtype)
    return torch.nn.ModuleDict(
        {
            "recurrence": getattr(torch.nn, kind)(
                N_INPUTS, N_UNITS, n_layers, dtype=dtype, **settings
            ),
            "readout": torch.nn.Linear((1 + both) * N_UNITS, N_CLASSES, bias=bias, dtype=dtype),
        }
    )


def run(module, x):
    """Return the states of the top layer, (B, T, units), and the scores at the end, (B, K)."""
    import torch

    with torch.no_grad():
        states, last = module["recurrence"](torch.as_tensor(x))
        last = last[0] if isinstance(last, tuple) else last  # (layers * directions, B, H)
        n_directions = states.shape[-1] // last.shape[-1]
        scores = module["readout"](torch.cat(list(last[-n_directions:]), dim=1))
    return states.numpy(), scores.numpy()


def record():
    """Write weights, states and scores of every case."""
    x = np.random.default_rng(0).normal(size=(5, 7, N_INPUTS))
    arrays = {"x": x}
    for name in MODULES:
        for shape in SHAPES:
            module = make(name, shape)
            states, scores = run(module, x)
            weights = {key: value.numpy() for key, value in module.state_dict().items()}
            for key, value in (weights | {"states": states, "scores": scores}).items():
                arrays[f"{name}/{shape}/{key}"] = value
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    record()
