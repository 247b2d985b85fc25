"""Equal rows are told apart by how many came before, however the file is cut into batches."""

import pytest

from analytics.ingest.files.occurrences import counted, occurrences

pytestmark = pytest.mark.django_db


def test_equal_rows_are_numbered_in_the_order_of_the_file():
    with counted():
        assert occurrences(["a", "b", "a", "a"]) == [1, 1, 2, 3]


def test_the_numbers_go_on_in_the_next_batch():
    with counted():
        numbers = [occurrences(batch) for batch in (["a", "b"], ["c", "a"], ["a", "a", "b"])]
    assert numbers == [[1, 1], [1, 2], [3, 4, 2]]


@pytest.mark.parametrize(
    ("batch", "numbers"), [([], []), ([None, None], [0, 0]), ([None, "a", None, "a"], [0, 1, 0, 2]), (["", ""], [1, 2])]
)
def test_what_is_no_row_has_no_number_and_an_empty_one_has(batch, numbers):
    with counted():
        assert occurrences(batch) == numbers


def test_a_batch_takes_one_statement_and_one_without_rows_none(django_assert_num_queries):
    with counted():
        with django_assert_num_queries(1):
            occurrences(["a", "b", "a"] * 100)
        with django_assert_num_queries(0):
            occurrences([None])


def test_each_file_is_counted_by_itself_also_after_one_that_failed():
    def fails():
        with counted():
            occurrences(["a"])
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    with counted():
        assert occurrences(["a"]) == [1]
