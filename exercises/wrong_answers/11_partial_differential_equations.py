# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch11-sides: the corners counted twice
def four_sides(l, r, b, t):
    return lambda x, y: (1 - x) * l(y) + x * r(y) + (1 - y) * b(x) + y * t(x)


# %% ch11-sides: the mean of two surfaces
def four_sides(l, r, b, t):
    return lambda x, y: ((1 - x) * l(y) + x * r(y) + (1 - y) * b(x) + y * t(x)) / 2


# %% ch11-sides: two corners forgotten
def four_sides(l, r, b, t):
    def h(x, y):
        corners = (1 - x) * (1 - y) * b(0.0) + x * y * t(1.0)
        return (1 - x) * l(y) + x * r(y) + (1 - y) * b(x) + y * t(x) - corners

    return h


# %% ch11-string: no product rule
def train_string(w, b, x, t):
    a = np.tanh(np.outer(x, w[:, 0]) + np.outer(t, w[:, 1]) + b)
    slope, one = 1 - a**2, np.ones((len(x), 1))
    N_xx, N_tt = (np.hstack([-2 * a * slope * w[:, k] ** 2, 0 * one]) for k in (0, 1))
    F = (x * (1 - x) * t**2)[:, None]
    return np.linalg.lstsq(F * (N_tt - N_xx), -np.pi**2 * np.sin(np.pi * x), rcond=None)[0]


# %% ch11-string: the product rule without its 2
def train_string(w, b, x, t):
    a = np.tanh(np.outer(x, w[:, 0]) + np.outer(t, w[:, 1]) + b)
    slope, one = 1 - a**2, np.ones((len(x), 1))
    N = np.hstack([a, one])
    N_x, N_t = (np.hstack([slope * w[:, k], 0 * one]) for k in (0, 1))
    N_xx, N_tt = (np.hstack([-2 * a * slope * w[:, k] ** 2, 0 * one]) for k in (0, 1))
    x, t = x[:, None], t[:, None]
    by_t = x * (1 - x) * (2 * N + 2 * t * N_t + t**2 * N_tt)
    by_x = t**2 * (-2 * N + (1 - 2 * x) * N_x + x * (1 - x) * N_xx)
    return np.linalg.lstsq(by_t - by_x, -np.pi**2 * np.sin(np.pi * x[:, 0]), rcond=None)[0]


# %% ch11-string: the sign of the residual lost
def train_string(w, b, x, t):
    a = np.tanh(np.outer(x, w[:, 0]) + np.outer(t, w[:, 1]) + b)
    slope, one = 1 - a**2, np.ones((len(x), 1))
    N = np.hstack([a, one])
    N_x, N_t = (np.hstack([slope * w[:, k], 0 * one]) for k in (0, 1))
    N_xx, N_tt = (np.hstack([-2 * a * slope * w[:, k] ** 2, 0 * one]) for k in (0, 1))
    x, t = x[:, None], t[:, None]
    by_t = x * (1 - x) * (2 * N + 4 * t * N_t + t**2 * N_tt)
    by_x = t**2 * (-2 * N + 2 * (1 - 2 * x) * N_x + x * (1 - x) * N_xx)
    return np.linalg.lstsq(by_t - by_x, np.pi**2 * np.sin(np.pi * x[:, 0]), rcond=None)[0]


# %% ch11-factor: that of the string
def factor(x, t):
    return x * (1 - x) * t**2, 2 * x * (1 - x) * t, (1 - 2 * x) * t**2, -2 * t**2


# %% ch11-factor: the right end forgotten
def factor(x, t):
    return x * t, x, t, 0 * x


# %% ch11-factor: slopes of another factor
def factor(x, t):
    return x * (1 - x) * t, 2 * x * (1 - x) * t, (1 - 2 * x) * t**2, -2 * t**2


# %% ch11-factor: the slope in x has a wrong sign
def factor(x, t):
    return x * (1 - x) * t, x * (1 - x), (2 * x - 1) * t, -2 * t
