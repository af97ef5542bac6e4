# %% ch05-reciprocal-answer: minus sign in front lost
def quotient(b, b_dot, a, a_dot):
    return b / a, (b_dot * a + b * a_dot) / a**2

# %% ch05-reciprocal-answer: denominator not squared
def quotient(b, b_dot, a, a_dot):
    return b / a, (b_dot * a - b * a_dot) / a

# %% ch05-reciprocal-answer: quotient of the tangents
def quotient(b, b_dot, a, a_dot):
    return b / a, b_dot / a_dot

# %% ch05-mini: product rule with a missing term
class Mini:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        return Mini(self.value * other.value, self.tangent * other.value)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        other = lift(other)
        return Mini(self.value - other.value, self.tangent - other.tangent)

    def __rsub__(self, other):
        return lift(other) - self

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return lift(f(Mini(x, 1.0))).tangent

# %% ch05-mini: seeded with tangent zero
class Mini:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Mini(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * lift(other)

    def __rsub__(self, other):
        return lift(other) - self

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return lift(f(Mini(x))).tangent

# %% ch05-mini: constants get the tangent one
class Mini:
    def __init__(self, value, tangent=1.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Mini(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        other = lift(other)
        return Mini(self.value - other.value, self.tangent - other.tangent)

    def __rsub__(self, other):
        return lift(other) - self

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return lift(f(Mini(x))).tangent

# %% ch05-mini: number minus x turned round
class Mini:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Mini(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        other = lift(other)
        return Mini(self.value - other.value, self.tangent - other.tangent)

    __rsub__ = __sub__

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return lift(f(Mini(x, 1.0))).tangent

# %% ch05-mini: no number on the left
class Mini:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Mini(self.value * other.value, tangent)

    def __sub__(self, other):
        other = lift(other)
        return Mini(self.value - other.value, self.tangent - other.tangent)

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return lift(f(Mini(x, 1.0))).tangent

# %% ch05-mini: a constant function is refused
class Mini:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = lift(other)
        return Mini(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = lift(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return Mini(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * lift(other)

    def __rsub__(self, other):
        return lift(other) - self

    def __truediv__(self, other):
        other = lift(other)
        value = self.value / other.value
        return Mini(value, (self.tangent - value * other.tangent) / other.value)

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(number):
    return number if isinstance(number, Mini) else Mini(number)


def my_derivative(f, x):
    return f(Mini(x, 1.0)).tangent

# %% ch05-curvature: slope squared instead of bend
def curvature(f, x, v):
    return jvp(f, x, v)[1] ** 2

# %% ch05-curvature: second seed all ones
def curvature(f, x, v):
    return jvp(lambda point: jvp(f, point, v)[1], x, np.ones_like(x))[1]

# %% ch05-curvature: half of it, as in Taylor
def curvature(f, x, v):
    return 0.5 * jvp(lambda point: jvp(f, point, v)[1], x, v)[1]

# %% ch05-curvature: only the diagonal of H
def curvature(f, x, v):
    total = 0.0
    for k, seed in enumerate(np.eye(len(x))):
        total += v[k] ** 2 * jvp(lambda point: jvp(f, point, seed)[1], x, seed)[1]
    return total

# %% ch05-referee: smaller absolute tolerance
def accepts(f, x, slope):
    difference = (f(x + 5e-7) - f(x - 5e-7)) / 1e-6
    return bool(abs(difference - slope) < 1e-9)

# %% ch05-referee: relative, but still a difference
def accepts(f, x, slope):
    difference = (f(x + 5e-7) - f(x - 5e-7)) / 1e-6
    return bool(abs(difference - slope) <= 1e-6 * abs(difference))

# %% ch05-referee: complex step with absolute tolerance
def accepts(f, x, slope):
    return bool(abs(complex_step(f, x) - slope) < 1e-6)

# %% ch05-referee: relative only, fails at minima
def accepts(f, x, slope):
    true = complex_step(f, x)
    return bool(abs(slope - true) < 1e-6 * abs(true))

# %% ch05-referee: tolerance as large as f
def accepts(f, x, slope):
    true = complex_step(f, x)
    return bool(abs(slope - true) <= 1e-6 * (abs(true) + abs(f(x))) + 1e-12)

# %% ch05-series: coefficients multiplied one by one
def product(a, b):
    return a * b


def exponential(a):
    e = [np.exp(a[0])]
    for k in range(1, len(a)):
        e.append(sum(j * a[j] * e[k - j] for j in range(1, k + 1)) / k)
    return np.array(e)


def root(c):
    s = [np.sqrt(c[0])]
    for k in range(1, len(c)):
        s.append((c[k] - sum(s[j] * s[k - j] for j in range(1, k))) / (2 * s[0]))
    return np.array(s)


def lecture_series(x, N):
    moved = np.zeros(N + 1)
    moved[:2] = x, 1.0
    a = product(moved, moved)
    return root(a + exponential(a))

# %% ch05-series: exponential without the factor j/k
def product(a, b):
    return np.array([sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])


def exponential(a):
    e = [np.exp(a[0])]
    for k in range(1, len(a)):
        e.append(sum(a[j] * e[k - j] for j in range(1, k + 1)))
    return np.array(e)


def root(c):
    s = [np.sqrt(c[0])]
    for k in range(1, len(c)):
        s.append((c[k] - sum(s[j] * s[k - j] for j in range(1, k))) / (2 * s[0]))
    return np.array(s)


def lecture_series(x, N):
    moved = np.zeros(N + 1)
    moved[:2] = x, 1.0
    a = product(moved, moved)
    return root(a + exponential(a))

# %% ch05-series: root without the factor two
def product(a, b):
    return np.array([sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])


def exponential(a):
    e = [np.exp(a[0])]
    for k in range(1, len(a)):
        e.append(sum(j * a[j] * e[k - j] for j in range(1, k + 1)) / k)
    return np.array(e)


def root(c):
    s = [np.sqrt(c[0])]
    for k in range(1, len(c)):
        s.append((c[k] - sum(s[j] * s[k - j] for j in range(1, k))) / s[0])
    return np.array(s)


def lecture_series(x, N):
    moved = np.zeros(N + 1)
    moved[:2] = x, 1.0
    a = product(moved, moved)
    return root(a + exponential(a))

# %% ch05-series: x enters without its tangent
def product(a, b):
    return np.array([sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])


def exponential(a):
    e = [np.exp(a[0])]
    for k in range(1, len(a)):
        e.append(sum(j * a[j] * e[k - j] for j in range(1, k + 1)) / k)
    return np.array(e)


def root(c):
    s = [np.sqrt(c[0])]
    for k in range(1, len(c)):
        s.append((c[k] - sum(s[j] * s[k - j] for j in range(1, k))) / (2 * s[0]))
    return np.array(s)


def lecture_series(x, N):
    moved = np.zeros(N + 1)
    moved[0] = x
    a = product(moved, moved)
    return root(a + exponential(a))

# %% ch05-series: derivatives in place of coefficients
def product(a, b):
    return np.array([sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])


def exponential(a):
    e = [np.exp(a[0])]
    for k in range(1, len(a)):
        e.append(sum(j * a[j] * e[k - j] for j in range(1, k + 1)) / k)
    return np.array(e)


def root(c):
    s = [np.sqrt(c[0])]
    for k in range(1, len(c)):
        s.append((c[k] - sum(s[j] * s[k - j] for j in range(1, k))) / (2 * s[0]))
    return np.array(s)


def lecture_series(x, N):
    moved = np.zeros(N + 1)
    moved[:2] = x, 1.0
    a = product(moved, moved)
    factorials = np.cumprod(np.maximum(np.arange(N + 1), 1))
    return root(a + exponential(a)) * factorials

# %% ch05-seeds: neighbours moved together
def seeds(n):
    rows = np.minimum(3 * np.arange(n) // n, 2)
    return 1.0 * (rows == np.arange(3)[:, None])


def assemble(products):
    n = products.shape[1]
    J = np.zeros((n, n))
    for j in range(n):
        rows = slice(max(j - 1, 0), min(j + 2, n))
        J[rows, j] = products[min(3 * j // n, 2), rows]
    return J

# %% ch05-seeds: Jacobian comes out transposed
def seeds(n):
    return 1.0 * (np.arange(n) % 3 == np.arange(3)[:, None])


def assemble(products):
    n = products.shape[1]
    J = np.zeros((n, n))
    for j in range(n):
        rows = slice(max(j - 1, 0), min(j + 2, n))
        J[j, rows] = products[j % 3, rows]
    return J

# %% ch05-seeds: bar closed to a ring
def seeds(n):
    return 1.0 * (np.arange(n) % 3 == np.arange(3)[:, None])


def assemble(products):
    n = products.shape[1]
    J = np.zeros((n, n))
    for j in range(n):
        for i in (j - 1, j, (j + 1) % n):
            J[i, j] = products[j % 3, i]
    return J

# %% ch05-seeds: seed chosen by the row
def seeds(n):
    return 1.0 * (np.arange(n) % 3 == np.arange(3)[:, None])


def assemble(products):
    n = products.shape[1]
    J = np.zeros((n, n))
    for j in range(n):
        for i in range(max(j - 1, 0), min(j + 2, n)):
            J[i, j] = products[i % 3, i]
    return J
