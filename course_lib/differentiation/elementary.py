"""The derivatives of elementary operations: one table, read by forward and reverse mode alike.

`RULES` holds, for each NumPy ufunc y = g(a, b, ...), its partial derivatives
∂g/∂a, ∂g/∂b, .... Each is a function of the arguments and the result, ``partial(a, b, y)``,
because many derivatives are cheap once y is known: (eˣ)' = y, (√x)' = 1/(2y).

To teach both modes a new operation, add one line::

    RULES[np.sinh] = (lambda a, y: np.cosh(a),)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ONE = 1.0  # this very object: a slope of one costs no multiplication
_LN2, _LN10 = float(np.log(2.0)), float(np.log(10.0))


def _real(value: Any, name: str) -> Any:
    """Return a number or an array that is not complex: of complex numbers this has no complex derivative.

    Raises
    ------
    TypeError
        It is complex.
    """
    kind = value
    while hasattr(kind, "value"):  # a dual number or a variable of another derivative
        kind = kind.value
    if np.iscomplexobj(kind):
        raise TypeError(f"{name} of a complex number has no derivative: write f with real and imaginary part apart")
    return value


RULES: dict[Callable[..., Any], tuple[Callable[..., Any], ...]] = {
    np.positive: (lambda a, y: ONE,),
    np.negative: (lambda a, y: -1.0,),
    np.add: (lambda a, b, y: ONE, lambda a, b, y: ONE),
    np.subtract: (lambda a, b, y: ONE, lambda a, b, y: -1.0),
    np.multiply: (lambda a, b, y: b, lambda a, b, y: a),
    np.divide: (lambda a, b, y: 1.0 / b, lambda a, b, y: -y / b),
    # The exponent 0 has slope 0, also at a = 0, where a ** (b - 1) has none;
    # the base 0 has slope 0 in an exponent b > 0, where log(a) has none.
    np.power: (
        lambda a, b, y: b * a ** np.where(np.equal(a, 0) & np.equal(b, 0), 1.0, b - 1.0),
        lambda a, b, y: y * np.log(np.where(np.equal(a, 0) & np.greater(b, 0), 1.0, a)),
    ),
    np.square: (lambda a, y: 2.0 * a,),
    np.reciprocal: (lambda a, y: -y * y,),
    np.sqrt: (lambda a, y: 0.5 / y,),
    np.cbrt: (lambda a, y: 1.0 / (3.0 * y * y),),
    np.exp: (lambda a, y: y,),
    np.exp2: (lambda a, y: _LN2 * y,),
    np.expm1: (lambda a, y: y + 1.0,),
    np.log: (lambda a, y: 1.0 / a,),
    np.log2: (lambda a, y: 1.0 / (_LN2 * a),),
    np.log10: (lambda a, y: 1.0 / (_LN10 * a),),
    np.log1p: (lambda a, y: 1.0 / (1.0 + a),),
    np.logaddexp: (lambda a, b, y: np.exp(a - y), lambda a, b, y: np.exp(b - y)),
    np.sin: (lambda a, y: np.cos(a),),
    np.cos: (lambda a, y: -np.sin(a),),
    np.tan: (lambda a, y: 1.0 + y * y,),
    np.arcsin: (lambda a, y: 1.0 / np.sqrt(1.0 - a * a),),
    np.arccos: (lambda a, y: -1.0 / np.sqrt(1.0 - a * a),),
    np.arctan: (lambda a, y: 1.0 / (1.0 + a * a),),
    np.arctan2: (
        lambda a, b, y: b / (a * a + b * b),
        lambda a, b, y: -a / (a * a + b * b),
    ),
    np.sinh: (lambda a, y: np.cosh(a),),
    np.cosh: (lambda a, y: np.sinh(a),),
    np.tanh: (lambda a, y: 1.0 - y * y,),
    np.arcsinh: (lambda a, y: 1.0 / np.sqrt(a * a + 1.0),),
    np.arccosh: (lambda a, y: 1.0 / np.sqrt(a * a - 1.0),),
    np.arctanh: (lambda a, y: 1.0 / (1.0 - a * a),),
    np.hypot: (lambda a, b, y: a / y, lambda a, b, y: b / y),
    # At a kink one of the one-sided slopes is taken, or their mean for |a|.
    np.absolute: (lambda a, y: np.sign(_real(a, "|z|")),),
    np.maximum: (
        lambda a, b, y: 1.0 * (_real(a, "maximum") > b),
        lambda a, b, y: 1.0 * (a <= _real(b, "maximum")),
    ),
    np.minimum: (
        lambda a, b, y: 1.0 * (_real(a, "minimum") < b),
        lambda a, b, y: 1.0 * (a >= _real(b, "minimum")),
    ),
}

# Steps and comparisons: their derivative is zero wherever it exists.
PIECEWISE_CONSTANT = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.sign, np.floor, np.ceil, np.rint, np.trunc,
    np.isfinite, np.isnan, np.isinf, np.signbit,
    np.logical_and, np.logical_or, np.logical_not,
}  # fmt: skip
