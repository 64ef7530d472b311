import numpy as np
import pytest

from skrnn.sequences.steps import ListOfArrays, put_together, take_apart

LENGTHS = np.array([3, 1, 2])
ROWS = np.arange(6)
LIST = [np.array([0, 1, 2]), np.array([3]), np.array([4, 5])]
PADDED = np.array([[0, 1, 2, 9], [3, 9, 9, 9], [4, 5, 9, 9]])


def as_objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


@pytest.mark.parametrize(
    ("values", "width"),
    [(LIST, None), (tuple(LIST), 4), (as_objects(LIST), None), (PADDED, 4), (PADDED.tolist(), 4)],
    ids=["list", "tuple", "objects", "padded", "nested lists"],
)
def test_whatever_holds_them_they_come_in_one_row(values, width):
    np.testing.assert_array_equal(take_apart(values, LENGTHS, width, "y"), ROWS)


def test_steps_may_hold_several_values():
    values = [np.stack([item, -item], axis=1) for item in LIST]
    np.testing.assert_array_equal(
        take_apart(values, LENGTHS, None, "y"), np.stack([ROWS, -ROWS], 1)
    )


def test_together_they_have_the_form_of_x():
    lists = [np.zeros((n, 2)) for n in LENGTHS]
    assert isinstance(put_together(ROWS, LENGTHS, tuple(lists)), list)
    found = put_together(ROWS, LENGTHS, lists)
    assert isinstance(found, list)
    for item, expected in zip(found, LIST, strict=True):
        np.testing.assert_array_equal(item, expected)
    found = put_together(ROWS, LENGTHS, as_objects(lists))
    assert found.shape == (3,)
    assert found.dtype == object
    assert isinstance(put_together(ROWS, LENGTHS, np.zeros((3, 4, 2))), list)
    two = np.array([2, 2, 2])
    assert put_together(ROWS, two, np.zeros((3, 2, 5))).shape == (3, 2)
    assert put_together(np.zeros((6, 4)), two, np.zeros((3, 10))).shape == (3, 2, 4)


@pytest.mark.parametrize("lengths", [[3, 1, 2], [2, 2], [1]])
def test_numpy_holds_a_list_of_arrays_as_objects_whatever_their_lengths(lengths):
    items = ListOfArrays(np.zeros(n) for n in lengths)
    assert np.asarray(items).shape == (len(lengths),)
    assert np.concatenate([items, items]).shape == (2 * len(lengths),)
    assert items == list(items)
