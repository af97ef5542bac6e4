# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch10-one-step: product rule halved
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([-2 * t * (1 - t**2) * w**2, np.zeros_like(x)])
    J = 2 * N + 2 * x * dN + x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, -k * (f_0 + s_0 * x[:, 0]), rcond=None)[0]


# %% ch10-one-step: no product rule
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([-2 * t * (1 - t**2) * w**2, np.zeros_like(x)])
    J = x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, -k * (f_0 + s_0 * x[:, 0]), rcond=None)[0]


# %% ch10-one-step: second derivative without its minus
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([2 * t * (1 - t**2) * w**2, np.zeros_like(x)])
    J = 2 * N + 4 * x * dN + x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, -k * (f_0 + s_0 * x[:, 0]), rcond=None)[0]


# %% ch10-one-step: inner derivative only once
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([-2 * t * (1 - t**2) * w, np.zeros_like(x)])
    J = 2 * N + 4 * x * dN + x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, -k * (f_0 + s_0 * x[:, 0]), rcond=None)[0]


# %% ch10-one-step: sign of the residual lost
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([-2 * t * (1 - t**2) * w**2, np.zeros_like(x)])
    J = 2 * N + 4 * x * dN + x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, k * (f_0 + s_0 * x[:, 0]), rcond=None)[0]


# %% ch10-one-step: slope at the start forgotten
def train_output(w, b, k, f_0, s_0, x):
    x = x[:, None]
    t = np.tanh(x * w + b)
    N = np.hstack([t, np.ones_like(x)])
    dN = np.hstack([(1 - t**2) * w, np.zeros_like(x)])
    d2N = np.hstack([-2 * t * (1 - t**2) * w**2, np.zeros_like(x)])
    J = 2 * N + 4 * x * dN + x**2 * d2N + k * x**2 * N
    return np.linalg.lstsq(J, -k * (f_0 + 0 * x[:, 0]), rcond=None)[0]


# %% ch10-shoot: both runs with the force
def shoot(p, q, g, ends, values, x):
    (a, b), (f_a, f_b) = ends, values
    tight = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, "dense_output": True}
    u = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0] + g(x)], ends, [f_a, 0.0], **tight).sol
    v = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0] + g(x)], ends, [0.0, 1.0], **tight).sol
    return u(x)[0] + (f_b - u(b)[0]) / v(b)[0] * v(x)[0]


# %% ch10-shoot: arrives at zero, not at f_b
def shoot(p, q, g, ends, values, x):
    (a, b), (f_a, f_b) = ends, values
    tight = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, "dense_output": True}
    u = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0] + g(x)], ends, [f_a, 0.0], **tight).sol
    v = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0]], ends, [0.0, 1.0], **tight).sol
    return u(x)[0] + -u(b)[0] / v(b)[0] * v(x)[0]


# %% ch10-shoot: starts at zero
def shoot(p, q, g, ends, values, x):
    (a, b), (f_a, f_b) = ends, values
    tight = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, "dense_output": True}
    u = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0] + g(x)], ends, [0.0, 0.0], **tight).sol
    v = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0]], ends, [0.0, 1.0], **tight).sol
    return u(x)[0] + (f_b - u(b)[0]) / v(b)[0] * v(x)[0]


# %% ch10-shoot: right end taken for the left
def shoot(p, q, g, ends, values, x):
    (a, b), (f_a, f_b) = ends, values
    tight = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, "dense_output": True}
    u = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0] + g(x)], ends, [f_a, 0.0], **tight).sol
    v = solve_ivp(lambda x, y: [y[1], p(x) * y[1] + q(x) * y[0]], ends, [0.0, 1.0], **tight).sol
    return u(x)[0] + (f_b - u(a)[0]) / v(b)[0] * v(x)[0]


# %% ch10-error: residual with the wrong sign
def estimated_error(a, residual, x):
    return euler(lambda x, e: a(x) * e + residual(x), 0.0, x)


# %% ch10-error: sum of residuals, no growth
def estimated_error(a, residual, x):
    return euler(lambda x: -residual(x), 0.0, x)


# %% ch10-error: growth with the wrong sign
def estimated_error(a, residual, x):
    return euler(lambda x, e: -a(x) * e - residual(x), 0.0, x)


# %% ch10-error: residual taken for the error
def estimated_error(a, residual, x):
    return -residual(x) * (x > x[0])


# %% ch10-error: size only, sign lost
def estimated_error(a, residual, x):
    return np.abs(euler(lambda x, e: a(x) * e - residual(x), 0.0, x))
