# %% ch05-reciprocal-answer: minus sign in front lost
def quotient(b, b_dot, a, a_dot):
    return b / a, (b_dot * a + b * a_dot) / a**2

# %% ch05-reciprocal-answer: denominator not squared
def quotient(b, b_dot, a, a_dot):
    return b / a, (b_dot * a - b * a_dot) / a

# %% ch05-reciprocal-answer: quotient of the tangents
def quotient(b, b_dot, a, a_dot):
    return b / a, b_dot / a_dot

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

