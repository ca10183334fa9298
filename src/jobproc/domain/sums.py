"""The operations that every installation has."""

from jobproc.domain.operations import operation


@operation(examples=[[1, 2, 3]])
def square_sum(data: list[int]) -> int:
    """Sum the squares of a list of integers, exactly."""
    return sum(number * number for number in data)


@operation(examples=[[1, 2, 3]])
def cube_sum(data: list[int]) -> int:
    """Sum the cubes of a list of integers, exactly."""
    return sum(number**3 for number in data)
