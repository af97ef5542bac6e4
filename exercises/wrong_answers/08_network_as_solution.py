# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

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


# %% ch08-own: another sign in the steps
def residual(x, f, df):
    return df + 1.5 * f - np.sin(x)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -1.5 * f - np.sin(x), 2.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid, walked)


# %% ch08-own: another start in the steps
def residual(x, f, df):
    return df + 1.5 * f - np.sin(x)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -1.5 * f + np.sin(x), 2.1, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid, walked)


# %% ch08-own: the same solution twice
def residual(x, f, df):
    return df + 1.5 * f - np.sin(x)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -1.5 * f + np.sin(x), 2.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return solved(x)


# %% ch08-own: an equation without f
def residual(x, f, df):
    return df - np.cos(x)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: np.cos(x), 2.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid, walked)


# %% ch08-own: a solution at rest
def residual(x, f, df):
    return df + f * (1 - f)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 1.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -f * (1 - f), 1.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid, walked)


# %% ch08-own: the decay of the course
def residual(x, f, df):
    return df + 2 * f


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -2 * f, 2.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid, walked)


# %% ch08-own: steps far too long
def residual(x, f, df):
    return df + 1.5 * f - np.sin(x)


solved = training.solve(ODEProblem(residual, InitialValue(0.0, 2.0), (0.0, 2.0)))
grid = np.linspace(0, 2, 20_001)
walked = euler(lambda x, f: -1.5 * f + np.sin(x), 2.0, grid)


def by_network(x):
    return solved(x)


def by_steps(x):
    return np.interp(x, grid[::5000], euler(lambda x, f: -1.5 * f + np.sin(x), 2.0, grid[::5000]))
