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
}
DEPTHS = {"one": (4,), "two": (4, 4)}


def reorder(array, gates):
    """Bring our row blocks into torch's order."""
    blocks = np.split(array, len(gates))
    return np.concatenate([blocks[gates.index(i)] for i in range(len(gates))])


def run_torch(problem):
    """Return the scores, d_x, d_state and the gradients of every layer of torch's."""
    import torch

    module_name, settings, gates = MODULES[problem.name]
    sizes = problem.network.layer_sizes
    module = getattr(torch.nn, module_name)(
        problem.network.n_inputs, sizes[0], num_layers=len(sizes), dtype=torch.float64, **settings
    )
    with torch.no_grad():
        for i in range(len(sizes)):
            for ours, theirs in (
                ("input_weights", "weight_ih"),
                ("recurrent_weights", "weight_hh"),
                ("bias", "bias_ih"),
                ("recurrent_bias", "bias_hh"),
            ):
                weight = getattr(module, f"{theirs}_l{i}")
                key = f"layer_{i}.{ours}"
                known = key in set(problem.parameters.layout)
                value = reorder(problem.parameters[key], gates) if known else np.zeros(weight.shape)
                weight.copy_(torch.tensor(value))
    x = torch.tensor(problem.x.transpose(0, 2, 1).copy(), requires_grad=True)
    n_states = len(problem.state[0])
    state = [
        torch.tensor(np.stack([layer[s].T for layer in problem.state]), requires_grad=True)
        for s in range(n_states)
    ]
    output, _ = module(x, tuple(state) if n_states > 1 else state[0])
    weights = torch.tensor(problem.parameters["readout.weights"])
    scores = output[-1] @ weights.T + torch.tensor(problem.parameters["readout.bias"])
    losses = torch.nn.functional.cross_entropy(
        scores, torch.tensor(problem.targets), reduction="none"
    )
    (losses * torch.tensor(problem.shares)).sum().backward()
    results = {"scores": scores.detach().numpy().T, "d_x": x.grad.numpy().transpose(0, 2, 1)}
    for s, d in enumerate(state):
        results[f"d_state_{s}"] = d.grad.numpy().transpose(0, 2, 1)  # (layers, H, B)
    for name, value in module.named_parameters():
        results[name] = value.grad.numpy()
    return results


def record():
    """Write the results of every case, with the problems they belong to."""
    from tests.gradients.cases import make_problem

    arrays = {}
    for name in MODULES:
        for depth, sizes in DEPTHS.items():
            problem = make_problem(name, sizes, (6, 6, 6))
            given = {
                "flat": problem.parameters.flat,
                "x": problem.x,
                "targets": problem.targets,
                "shares": problem.shares,
            }
            for s in range(len(problem.state[0])):
                given[f"state_{s}"] = np.stack([layer[s] for layer in problem.state])
            for key, value in (given | run_torch(problem)).items():
                arrays[f"{name}/{depth}/{key}"] = value
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    record()
