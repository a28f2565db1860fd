"""Whether two tables are the same, value by value."""

import numpy as np
import pyarrow as pa

# A skill is one less a ratio of scores: the ratio is what was computed; near zero the subtraction leaves its last bits.
_SHARES = {"skill"}


def assert_equal(ours: pa.Table, theirs: pa.Table, of: str) -> None:
    """Floats agree to 1e-9 of their size, everything else exactly."""
    assert ours.num_rows == theirs.num_rows, of
    for name in ours.column_names:
        if pa.types.is_floating(ours[name].type):
            one, other = (each[name].to_numpy(zero_copy_only=False).astype(float) for each in (ours, theirs))
            if name in _SHARES:
                one, other = 1 - one, 1 - other
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=f"{of}.{name}")
        else:
            assert ours[name].to_pylist() == theirs[name].to_pylist(), f"{of}.{name}"
