# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch08-cost: sum in place of mean
def cost(L, f, df, x):
    r = L(x, f(x), df(x))
    return np.sum(r**2)


# %% ch08-cost: residual not squared
def cost(L, f, df, x):
    r = L(x, f(x), df(x))
    return np.mean(np.abs(r))


# %% ch08-cost: root of the mean square
def cost(L, f, df, x):
    r = L(x, f(x), df(x))
    return np.sqrt(np.mean(r**2))


# %% ch08-cost: square of the mean
def cost(L, f, df, x):
    r = L(x, f(x), df(x))
    return np.mean(r) ** 2


# %% ch08-cost: derivative in the place of f
def cost(L, f, df, x):
    r = L(x, df(x), f(x))
    return np.mean(r**2)


# %% ch08-descent: no product rule in f_t'
def descend(w, b, x, gamma, steps):
    path = [(w, b)]
    for _ in range(steps):
        r = w * x + 2 * (10 + x * (w * x + b))
        slope_w = np.mean(2 * r * (x + 2 * x**2))
        slope_b = np.mean(2 * r * 2 * x)
        w, b = w - gamma * slope_w, b - gamma * slope_b
        path.append((w, b))
    return np.array(path)


# %% ch08-descent: the 2 of the square lost
def descend(w, b, x, gamma, steps):
    path = [(w, b)]
    for _ in range(steps):
        r = 2 * w * x + b + 2 * (10 + x * (w * x + b))
        slope_w = np.mean(r * (2 * x + 2 * x**2))
        slope_b = np.mean(r * (1 + 2 * x))
        w, b = w - gamma * slope_w, b - gamma * slope_b
        path.append((w, b))
    return np.array(path)


# %% ch08-descent: sum over the points, no mean
def descend(w, b, x, gamma, steps):
    path = [(w, b)]
    for _ in range(steps):
        r = 2 * w * x + b + 2 * (10 + x * (w * x + b))
        slope_w = np.sum(2 * r * (2 * x + 2 * x**2))
        slope_b = np.sum(2 * r * (1 + 2 * x))
        w, b = w - gamma * slope_w, b - gamma * slope_b
        path.append((w, b))
    return np.array(path)


# %% ch08-descent: b sees the new w
def descend(w, b, x, gamma, steps):
    path = [(w, b)]
    for _ in range(steps):
        r = 2 * w * x + b + 2 * (10 + x * (w * x + b))
        w = w - gamma * np.mean(2 * r * (2 * x + 2 * x**2))
        r = 2 * w * x + b + 2 * (10 + x * (w * x + b))
        b = b - gamma * np.mean(2 * r * (1 + 2 * x))
        path.append((w, b))
    return np.array(path)


# %% ch08-descent: climbs
def descend(w, b, x, gamma, steps):
    path = [(w, b)]
    for _ in range(steps):
        r = 2 * w * x + b + 2 * (10 + x * (w * x + b))
        slope_w = np.mean(2 * r * (2 * x + 2 * x**2))
        slope_b = np.mean(2 * r * (1 + 2 * x))
        w, b = w + gamma * slope_w, b + gamma * slope_b
        path.append((w, b))
    return np.array(path)


# %% ch08-descent-limit: the smallest eigenvalue
def largest_gamma(x):
    J = np.stack([2 * x + 2 * x**2, 1 + 2 * x], axis=1)
    k = np.linalg.eigvalsh(2 / len(x) * J.T @ J)
    return 2 / k.min()


# %% ch08-descent-limit: one in place of two
def largest_gamma(x):
    J = np.stack([2 * x + 2 * x**2, 1 + 2 * x], axis=1)
    k = np.linalg.eigvalsh(2 / len(x) * J.T @ J)
    return 1 / k.max()


# %% ch08-descent-limit: number of points forgotten
def largest_gamma(x):
    J = np.stack([2 * x + 2 * x**2, 1 + 2 * x], axis=1)
    return 2 / np.linalg.eigvalsh(J.T @ J).max()


# %% ch08-descent-limit: the two directions taken apart
def largest_gamma(x):
    steepest = max(np.mean((2 * x + 2 * x**2) ** 2), np.mean((1 + 2 * x) ** 2))
    return 1 / steepest


# %% ch08-jet: no product rule
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0] + c[0]
    dN = (slope * w[:, 0]) @ v[0]
    d2N = (-2 * a * slope * w[:, 0] ** 2) @ v[0]
    return f_0 + x * df_0 + x**2 * N, df_0 + x**2 * dN, x**2 * d2N


# %% ch08-jet: cross term once, not twice
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0] + c[0]
    dN = (slope * w[:, 0]) @ v[0]
    d2N = (-2 * a * slope * w[:, 0] ** 2) @ v[0]
    return (
        f_0 + x * df_0 + x**2 * N,
        df_0 + 2 * x * N + x**2 * dN,
        2 * N + 2 * x * dN + x**2 * d2N,
    )


# %% ch08-jet: inner derivative w forgotten
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0] + c[0]
    dN = slope @ v[0]
    d2N = (-2 * a * slope) @ v[0]
    return (
        f_0 + x * df_0 + x**2 * N,
        df_0 + 2 * x * N + x**2 * dN,
        2 * N + 4 * x * dN + x**2 * d2N,
    )


# %% ch08-jet: second derivative of tanh has wrong sign
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0] + c[0]
    dN = (slope * w[:, 0]) @ v[0]
    d2N = (2 * a * slope * w[:, 0] ** 2) @ v[0]
    return (
        f_0 + x * df_0 + x**2 * N,
        df_0 + 2 * x * N + x**2 * dN,
        2 * N + 4 * x * dN + x**2 * d2N,
    )


# %% ch08-jet: simple zero, slope not met
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0] + c[0]
    dN = (slope * w[:, 0]) @ v[0]
    d2N = (-2 * a * slope * w[:, 0] ** 2) @ v[0]
    return f_0 + x * df_0 + x * N, df_0 + N + x * dN, 2 * dN + x * d2N


# %% ch08-jet: output bias left out
def jet(theta, x, f_0, df_0):
    (w, b), (v, c) = theta
    a = np.tanh(x[:, None] * w[:, 0] + b)
    slope = 1 - a**2
    N = a @ v[0]
    dN = (slope * w[:, 0]) @ v[0]
    d2N = (-2 * a * slope * w[:, 0] ** 2) @ v[0]
    return (
        f_0 + x * df_0 + x**2 * N,
        df_0 + 2 * x * N + x**2 * dN,
        2 * N + 4 * x * dN + x**2 * d2N,
    )


# %% ch08-asked: conditions only weighted more
def fit(f_0, df_0, x, degree):
    R = residuals_of_powers(x, degree)
    weight = np.sqrt(len(x))
    rows = np.vstack([R, weight * np.eye(2, degree + 1)])
    wanted = np.append(np.zeros(len(x)), [weight * f_0, weight * df_0])
    return np.linalg.lstsq(rows, wanted, rcond=None)[0]


# %% ch08-asked: slope left to the network
def fit(f_0, df_0, x, degree):
    R = residuals_of_powers(x, degree)
    N = np.linalg.lstsq(R[:, 1:], -R[:, 0] * f_0, rcond=None)[0]
    return np.append(f_0, N)


# %% ch08-asked: residual of h_1 forgotten
def fit(f_0, df_0, x, degree):
    R = residuals_of_powers(x, degree)
    N = np.linalg.lstsq(R[:, 2:], np.zeros(len(x)), rcond=None)[0]
    return np.append([f_0, df_0], N)


# %% ch08-asked: sign of h_1 turned round
def fit(f_0, df_0, x, degree):
    R = residuals_of_powers(x, degree)
    N = np.linalg.lstsq(R[:, 2:], R[:, :2] @ [f_0, df_0], rcond=None)[0]
    return np.append([f_0, df_0], N)


# %% ch08-asked: fitted freely, then overwritten
def fit(f_0, df_0, x, degree):
    c = fit_as_published(f_0, df_0, x, degree)
    c[:2] = f_0, df_0
    return c


# %% ch08-far-end: value at b fixed too
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * s + (x - a) * (x - b) ** 2 * N(x)


# %% ch08-far-end: simple zero at b
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * s + (x - a) * (x - b) * N(x)


# %% ch08-far-end: length of the interval forgotten
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * (s + N(x) - N(b) - dN(b))


# %% ch08-far-end: slope of N only, no product rule
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * (s + N(x) - dN(b))


# %% ch08-far-end: network left out
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * s + 0 * x


# %% ch08-far-end: correction does not vanish at a
def far_end(N, dN, x, a, f_a, b, s):
    return f_a + (x - a) * (s + N(x)) - x * (N(b) + (b - a) * dN(b))
