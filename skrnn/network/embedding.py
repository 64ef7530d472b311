"""Below the first layer: categories of a step become vectors that are learnt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from skrnn.network.initializers import Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Embedding:
    """
    Features of a step that are categories, each replaced by a row of a matrix of its own.

    ::

        (1)  x'_t = [n_t; E_j[k_jt] for each j]

    Of x_t (D,), n_t are the features that are numbers, in their order, and k_jt is the code of the
    category that feature j has: 0 to C - 1, and C for one that is missing or unknown. So E_j is
    (C + 1, e), and ``E' onehot(k)`` would be the same for C times the work. On the way back,

    ::

        (2)  d_E_j[c] = sum over the steps with k_jt = c of d_x'_t

    has the bits of a sum one step after the other, from the last to the first, however time is cut
    into parts (`add_rows`). Codes, which cannot be moved a little, have a `d_x` of zero.
    `embeddings` has (j, C, e) of each, with j upwards; `n_inputs` is D.
    """

    n_inputs: int
    embeddings: tuple[tuple[int, int, int], ...]

    @cached_property
    def n_outputs(self) -> int:
        """Numbers that the first layer reads at a step."""
        return len(self._numeric) + sum(size for _, _, size in self.embeddings)

    @cached_property
    def matrices(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """Shapes of the parameters."""
        return {
            f"embedding_{feature}": {f"embedding_{feature}.weights": (n_categories + 1, size)}
            for feature, n_categories, size in self.embeddings
        }

    @cached_property
    def n_weights(self) -> int:
        """Numbers in all matrices, which no product takes."""
        return sum((n_categories + 1) * size for _, n_categories, size in self.embeddings)

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """
        Draw each E in Glorot's range, as any map, here one of one-hot vectors; last rows are zero.

        So what training never sees adds nothing, and of many categories none has to unlearn much.
        """
        for feature, n_categories, size in self.embeddings:
            E = parameters[f"embedding_{feature}.weights"]
            E[:-1] = Glorot().draw(n_categories, size, generator)

    def forward(self, parameters: Parameters, x: FloatArray, workspace: Workspace) -> FloatArray:
        """Return x' (T, D', B) of x (T, D, B), in the workspace; without categories, x itself."""
        if not self.embeddings:
            return x
        outputs = workspace.empty("embedding.outputs", (len(x), self.n_outputs, x.shape[2]))
        outputs[:, : len(self._numeric)] = x[:, self._numeric]  # (1)
        for feature, place in self._places:
            rows = parameters[f"embedding_{feature}.weights"][x[:, feature].astype(np.intp)]
            outputs[:, place] = rows.transpose(0, 2, 1)  # (T, B, e)
        return outputs

    def backward(
        self,
        x: FloatArray,
        d_outputs: FloatArray,
        gradients: Parameters,
        d_x: FloatArray | None,
    ) -> None:
        """Add to the gradients of all E, given d_x' (T, D', B), and write `d_x` if there is one."""
        for feature, place in self._places:
            codes = x[::-1, feature].astype(np.intp).ravel()
            d_rows = d_outputs[::-1, place].transpose(0, 2, 1).reshape(len(codes), -1)
            add_rows(gradients[f"embedding_{feature}.weights"], codes, d_rows)  # (2)
        if d_x is not None:
            d_x.fill(0)
            d_x[:, self._numeric] = d_outputs[:, : len(self._numeric)]  # (1)

    @cached_property
    def _numeric(self) -> list[int]:
        """The features that are numbers."""
        categorical = {feature for feature, _, _ in self.embeddings}
        return [feature for feature in range(self.n_inputs) if feature not in categorical]

    @cached_property
    def _places(self) -> list[tuple[int, slice]]:
        """The features that are categories, and where in x' their rows stand."""
        ends = len(self._numeric) + np.cumsum([size for _, _, size in self.embeddings])
        return [
            (feature, slice(int(end) - size, int(end)))
            for (feature, _, size), end in zip(self.embeddings, ends, strict=True)
        ]


def add_rows(total: FloatArray, places: IntArray, rows: FloatArray) -> None:
    """
    Add each of `rows` (n, e) to the row of `total` that `places` (n,) names, in their order.

    A sparse product takes the rows of each place one by one, after what stood there: the bits are
    those of ``np.add.at``, which takes two to four times as long where there is much to add.
    """
    order = np.argsort(places, kind="stable")
    firsts = np.flatnonzero(np.diff(places[order], prepend=-1))
    which = places[order[firsts]]
    n, numbers = len(places), np.arange(len(which) + 1)
    columns = np.insert(order, firsts, n + numbers[:-1])
    ends = np.append(firsts, n) + numbers
    ones = np.ones(len(columns), total.dtype)
    sums = csr_array((ones, columns, ends), shape=(len(which), len(columns)))
    total[which] = sums @ np.concatenate([rows, total[which]])
