import numpy as np

from skrnn.training.progress import Progress, generator_in
from tests.training.cases import begin, make_recipe


def test_weights_order_and_masks_have_a_stream_each():
    recipe = make_recipe()
    progress = begin(recipe)
    assert progress.order != progress.masks
    for state in (progress.order, progress.masks):
        drawn = recipe.network.initialize(generator_in(state), np.dtype(float))
        assert (drawn.flat != progress.parameters.flat).any()


def test_the_starts_of_a_seed_differ_in_everything_and_the_first_is_the_usual_one():
    recipe, dtype = make_recipe(), np.dtype(float)
    starts = [Progress.begin(recipe, 0, dtype, start) for start in range(3)]
    assert len({start.parameters.flat.tobytes() for start in starts}) == 3
    draws = [generator_in(state).random() for s in starts for state in (s.order, s.masks)]
    assert len(set(draws)) == 6
    np.testing.assert_array_equal(starts[0].parameters.flat, begin(recipe).parameters.flat)
