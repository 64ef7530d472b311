"""
The engine "numba": time loops as compiled code, for those who install Numba.

A cell's `Rule` says once more what its `forward` and `backward` say, number by number instead of
array by array. The battery of gradients holds the two to each other.
"""
