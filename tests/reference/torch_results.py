"""
Values and gradients of ``torch.nn`` on small problems, kept so that no test needs torch.

``python -m tests.reference.torch_results`` (with torch installed) writes the file anew.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("torch_results.npz")

# Our case: torch's module, its settings, and where in torch each of our gates stands.
MODULES = {
    "elman": ("RNN", {"nonlinearity": "tanh"}, [0]),
    "elman-relu": ("RNN", {"nonlinearity": "relu"}, [0]),
    "gru": ("GRU", {}, [1, 0, 2]),
    "lstm": ("LSTM", {}, [0, 3, 1, 2]),
}
SHAPES = {
    f"{depth}-{directions}": {"sizes": sizes, "bidirectional": directions == "both"}
    for depth, sizes in {"one": (4,), "two": (4, 4)}.items()
    for directions in ("onwards", "both")
}
SHAPES |= {
    f"{name}, steps": SHAPES[name] | {"per_step": True} for name in ("one-onwards", "two-both")
}
NAMES = {
    "input_weights": "weight_ih",
    "recurrent_weights": "weight_hh",
    "bias": "bias_ih",
    "recurrent_bias": "bias_hh",
}


def names(network):
    """Yield our name and torch's for every array of a recurrence, those we do not have as well."""
    for layer in network.layers:
        for direction in layer.directions:
            suffix = direction.name.replace("layer_", "l")
            for ours, theirs in NAMES.items():
                yield f"{direction.name}.{ours}", f"{theirs}_{suffix}"


def reorder(array, gates):
    """Bring our row blocks into torch's order."""
    blocks = np.split(array, len(gates))
    return np.concatenate([blocks[gates.index(i)] for i in range(len(gates))])


def run_torch(problem):
    """Return the scores, d_x, d_state and the gradients of every layer of torch's."""
    import torch

    from tests.gradients.cases import nested

    module_name, settings, gates = MODULES[problem.name.removesuffix("-numba")]
    network, parameters = problem.network, problem.parameters
    module = getattr(torch.nn, module_name)(
        network.n_inputs,
        network.layer_sizes[0],
        num_layers=len(network.layer_sizes),
        bidirectional=network.bidirectional,
        dtype=torch.float64,
        **settings,
    )
    known = set(parameters.layout)
    with torch.no_grad():
        for ours, theirs in names(network):
            weight = getattr(module, theirs)
            value = reorder(parameters[ours], gates) if ours in known else np.zeros(weight.shape)
            weight.copy_(torch.tensor(value))
    x = torch.tensor(problem.x.transpose(0, 2, 1).copy(), requires_grad=True)
    layers = nested(network, problem.state)
    directions = [direction for layer in layers for direction in layer]
    state = [
        torch.tensor(np.stack([s.T for s in states]), requires_grad=True)
        for states in zip(*directions, strict=True)
    ]
    features, final = module(x, tuple(state) if len(state) > 1 else state[0])  # (T, B, F)
    if not network.per_step:
        hidden = final[0] if len(state) > 1 else final  # (layers * directions, B, H)
        features = torch.cat(list(hidden[-len(layers[-1]) :]), dim=1)[None]
    weights, bias = (torch.tensor(parameters[f"readout.{key}"]) for key in ("weights", "bias"))
    scores = (features @ weights.T + bias).transpose(1, 2)  # (S, K, B)
    losses = torch.nn.functional.cross_entropy(
        scores, torch.tensor(problem.targets[:, 0]), reduction="none"
    )
    (losses * torch.tensor(problem.step_shares)).sum().backward()
    results = {"scores": scores.detach().numpy(), "d_x": x.grad.numpy().transpose(0, 2, 1)}
    for s, d in enumerate(state):
        results[f"d_state_{s}"] = d.grad.numpy().transpose(0, 2, 1)  # (layers * directions, H, B)
    for name, value in module.named_parameters():
        results[name] = value.grad.numpy()
    return results


def record():
    """Write the results of every case, with the problems they belong to."""
    from tests.gradients.cases import flatten, make_problem

    arrays = {}
    for name in MODULES:
        for shape, settings in SHAPES.items():
            problem = make_problem(name, lengths=(6, 6, 6), **settings)
            p = problem.parameters
            given = {
                "parameters": np.concatenate([p[key].ravel() for key in p.layout]),
                "x": problem.x,
                "targets": problem.targets,
                "shares": problem.shares,
                "step_weights": problem.step_weights,
            }
            given |= {
                f"state_{s}": a for s, a in enumerate(flatten(problem.network, problem.state))
            }
            for key, value in (given | run_torch(problem)).items():
                arrays[f"{name}/{shape}/{key}"] = value
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    record()
