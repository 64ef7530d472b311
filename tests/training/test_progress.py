import numpy as np

from skrnn.training.progress import Progress
from tests.training.cases import begin, make_recipe


def test_weights_order_and_masks_have_a_stream_each():
    recipe = make_recipe()
    progress = begin(recipe)
    for_order, for_masks = progress.generator, progress.mask_generator
    assert for_order.bit_generator.state != for_masks.bit_generator.state
    for generator in (for_order, for_masks):
        same_stream = np.random.default_rng(generator.bit_generator.seed_seq)
        drawn = recipe.network.initialize(same_stream, np.dtype(float))
        assert (drawn.flat != progress.parameters.flat).any()


def test_the_starts_of_a_seed_differ_in_everything_and_the_first_is_the_usual_one():
    recipe, dtype = make_recipe(), np.dtype(float)
    starts = [Progress.begin(recipe, 0, dtype, start) for start in range(3)]
    assert len({start.parameters.flat.tobytes() for start in starts}) == 3
    draws = [g.random() for s in starts for g in (s.generator, s.mask_generator)]
    assert len(set(draws)) == 6
    np.testing.assert_array_equal(starts[0].parameters.flat, begin(recipe).parameters.flat)
