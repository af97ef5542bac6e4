# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch09-rate-answer: only the largest value counts
def best_gamma(sigma, n):
    return n / (2 * np.max(sigma) ** 2)


# %% ch09-rate-answer: largest stable one
def best_gamma(sigma, n):
    return n / np.max(sigma) ** 2


# %% ch09-rate-answer: singular values not squared
def best_gamma(sigma, n):
    return n / (np.max(sigma) + np.min(sigma))


# %% ch09-rate-answer: number of points forgotten
def best_gamma(sigma, n):
    return 1 / (np.max(sigma) ** 2 + np.min(sigma) ** 2)


# %% ch09-rate-answer: first and last, not sorted
def best_gamma(sigma, n):
    return n / (sigma[0] ** 2 + sigma[-1] ** 2)


# %% ch09-rate-answer: mean of all squares
def best_gamma(sigma, n):
    return n / (2 * np.mean(sigma**2))


# %% ch09-leash-answer: what is removed, not left
def left_over(sigma, mu):
    return sigma**2 / (sigma**2 + mu)


# %% ch09-leash-answer: singular value not squared
def left_over(sigma, mu):
    return mu / (sigma + mu)


# %% ch09-leash-answer: damping with the wrong sign
def left_over(sigma, mu):
    return -mu / (sigma**2 - mu)


# %% ch09-leash-answer: the filter itself
def left_over(sigma, mu):
    return sigma / (sigma**2 + mu)


# %% ch09-leash-answer: Gauss-Newton, no leash
def left_over(sigma, mu):
    return 0.0


# %% ch09-marquardt-step: Jacobian not transposed
def step(J, r, mu):
    return -np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), J @ r)


# %% ch09-marquardt-step: product in the wrong order
def step(J, r, mu):
    return -J.T @ np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), r)


# %% ch09-marquardt-step: damping with the wrong sign
def step(J, r, mu):
    return -np.linalg.solve(J.T @ J - mu * np.eye(J.shape[1]), J.T @ r)


# %% ch09-marquardt-step: step uphill
def step(J, r, mu):
    return np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), J.T @ r)


# %% ch09-marquardt-step: stacked without the root
def step(J, r, mu):
    rows = np.vstack([J, mu * np.eye(J.shape[1])])
    return np.linalg.lstsq(rows, -np.append(r, np.zeros(J.shape[1])), rcond=None)[0]


# %% ch09-marquardt-step: no damping at all
def step(J, r, mu):
    return -np.linalg.lstsq(J, r, rcond=None)[0]


# %% ch09-marquardt-step: damping scaled by the points
def step(J, r, mu):
    return -np.linalg.solve(J.T @ J / len(r) + mu * np.eye(J.shape[1]), J.T @ r / len(r))


# %% ch09-marquardt: takes every step
def marquardt(r, J, theta, mu, steps):
    path = [np.array(theta, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] + step(J(path[-1]), r(path[-1]), mu))
        mu = mu / 5
    return np.array(path)


# %% ch09-marquardt: μ changed the wrong way
def marquardt(r, J, theta, mu, steps):
    path = [np.array(theta, dtype=float)]
    for _ in range(steps):
        here = path[-1]
        there = here + step(J(here), r(here), mu)
        better = np.sum(r(there) ** 2) < np.sum(r(here) ** 2)
        mu = 4 * mu if better else mu / 5
        path.append(there if better else here)
    return np.array(path)


# %% ch09-marquardt: J of the start for ever
def marquardt(r, J, theta, mu, steps):
    path, slopes = [np.array(theta, dtype=float)], J(np.array(theta, dtype=float))
    for _ in range(steps):
        here = path[-1]
        there = here + step(slopes, r(here), mu)
        better = np.sum(r(there) ** 2) < np.sum(r(here) ** 2)
        mu = mu / 5 if better else 4 * mu
        path.append(there if better else here)
    return np.array(path)


# %% ch09-marquardt: failed attempts not listed
def marquardt(r, J, theta, mu, steps):
    path = [np.array(theta, dtype=float)]
    for _ in range(steps):
        here = path[-1]
        there = here + step(J(here), r(here), mu)
        if np.sum(r(there) ** 2) < np.sum(r(here) ** 2):
            mu = mu / 5
            path.append(there)
        else:
            mu = 4 * mu
    return np.array(path)


# %% ch09-marquardt: μ never changed
def marquardt(r, J, theta, mu, steps):
    path = [np.array(theta, dtype=float)]
    for _ in range(steps):
        here = path[-1]
        there = here + step(J(here), r(here), mu)
        path.append(there if np.sum(r(there) ** 2) < np.sum(r(here) ** 2) else here)
    return np.array(path)


# %% ch09-one-step: no product rule
def train_output(w, b, k, f_0, x):
    x = x[:, None]
    steps = np.tanh(x * w + b)
    N = np.hstack([steps, np.ones_like(x)])
    dN = np.hstack([(1 - steps**2) * w, np.zeros_like(x)])
    J = x * dN + k * x * N
    return np.linalg.lstsq(J, -np.full(len(x), k * f_0), rcond=None)[0]


# %% ch09-one-step: inner derivative w forgotten
def train_output(w, b, k, f_0, x):
    x = x[:, None]
    steps = np.tanh(x * w + b)
    N = np.hstack([steps, np.ones_like(x)])
    dN = np.hstack([1 - steps**2, np.zeros_like(x)])
    J = N + x * dN + k * x * N
    return np.linalg.lstsq(J, -np.full(len(x), k * f_0), rcond=None)[0]


# %% ch09-one-step: residual of f_0 forgotten
def train_output(w, b, k, f_0, x):
    x = x[:, None]
    steps = np.tanh(x * w + b)
    N = np.hstack([steps, np.ones_like(x)])
    dN = np.hstack([(1 - steps**2) * w, np.zeros_like(x)])
    J = N + x * dN + k * x * N
    return np.linalg.lstsq(J, np.zeros(len(x)), rcond=None)[0]


# %% ch09-one-step: sign of the residual lost
def train_output(w, b, k, f_0, x):
    x = x[:, None]
    steps = np.tanh(x * w + b)
    N = np.hstack([steps, np.ones_like(x)])
    dN = np.hstack([(1 - steps**2) * w, np.zeros_like(x)])
    J = N + x * dN + k * x * N
    return np.linalg.lstsq(J, np.full(len(x), k * f_0), rcond=None)[0]


# %% ch09-one-step: factor x left out of f
def train_output(w, b, k, f_0, x):
    x = x[:, None]
    steps = np.tanh(x * w + b)
    N = np.hstack([steps, np.ones_like(x)])
    dN = np.hstack([(1 - steps**2) * w, np.zeros_like(x)])
    J = N + x * dN + k * N
    return np.linalg.lstsq(J, -np.full(len(x), k * f_0), rcond=None)[0]


# %% ch09-one-step: fits the exact decay instead
def train_output(w, b, k, f_0, x):
    N = np.hstack([np.tanh(np.outer(x, w) + b), np.ones((len(x), 1))])
    wanted = f_0 * np.exp(-k * x) - f_0
    return np.linalg.lstsq(x[:, None] * N, wanted, rcond=None)[0]


# %% ch09-error: residual with the wrong sign
def estimated_error(a, residual, x):
    return euler(lambda x, e: a(x) * e + residual(x), 0.0, x)


# %% ch09-error: sum of residuals, no growth
def estimated_error(a, residual, x):
    return euler(lambda x: -residual(x), 0.0, x)


# %% ch09-error: growth with the wrong sign
def estimated_error(a, residual, x):
    return euler(lambda x, e: -a(x) * e - residual(x), 0.0, x)


# %% ch09-error: residual taken for the error
def estimated_error(a, residual, x):
    return -residual(x) * (x > x[0])


# %% ch09-error: size only, sign lost
def estimated_error(a, residual, x):
    return np.abs(euler(lambda x, e: a(x) * e - residual(x), 0.0, x))


# %% ch09-adam: only the means are kept
def adam(slope, theta, gamma, epochs, batches):
    path = [np.array(theta, dtype=float)]
    m, s = 0.0, 0.0
    for _ in range(epochs):
        t = 0
        for _ in range(batches):
            v = slope(path[-1])
            t = t + 1
            m = 0.9 * m + 0.1 * v
            s = 0.999 * s + 0.001 * v**2
            mean, size = m / (1 - 0.9**t), np.sqrt(s / (1 - 0.999**t))
            path.append(path[-1] - gamma * mean / (size + 1e-8))
    return np.array(path)


# %% ch09-adam: only the age is kept
def adam(slope, theta, gamma, epochs, batches):
    path = [np.array(theta, dtype=float)]
    t = 0
    for _ in range(epochs):
        m, s = 0.0, 0.0
        for _ in range(batches):
            v = slope(path[-1])
            t = t + 1
            m = 0.9 * m + 0.1 * v
            s = 0.999 * s + 0.001 * v**2
            mean, size = m / (1 - 0.9**t), np.sqrt(s / (1 - 0.999**t))
            path.append(path[-1] - gamma * mean / (size + 1e-8))
    return np.array(path)


# %% ch09-adam: corrections thrown away
def adam(slope, theta, gamma, epochs, batches):
    path = [np.array(theta, dtype=float)]
    m, s = 0.0, 0.0
    for _ in range(epochs * batches):
        v = slope(path[-1])
        m = 0.9 * m + 0.1 * v
        s = 0.999 * s + 0.001 * v**2
        path.append(path[-1] - gamma * m / (np.sqrt(s) + 1e-8))
    return np.array(path)


# %% ch09-adam: size of the slope still forgotten
def adam(slope, theta, gamma, epochs, batches):
    path = [np.array(theta, dtype=float)]
    m, t = 0.0, 0
    for _ in range(epochs):
        s, age = 0.0, 0
        for _ in range(batches):
            v = slope(path[-1])
            t, age = t + 1, age + 1
            m = 0.9 * m + 0.1 * v
            s = 0.999 * s + 0.001 * v**2
            mean, size = m / (1 - 0.9**t), np.sqrt(s / (1 - 0.999**age))
            path.append(path[-1] - gamma * mean / (size + 1e-8))
    return np.array(path)


# %% ch09-adam: a smaller step hides it
def adam(slope, theta, gamma, epochs, batches):
    path = [np.array(theta, dtype=float)]
    for epoch in range(epochs):
        m, s, t = 0.0, 0.0, 0
        for _ in range(batches):
            v = slope(path[-1])
            t = t + 1
            m = 0.9 * m + 0.1 * v
            s = 0.999 * s + 0.001 * v**2
            mean, size = m / (1 - 0.9**t), np.sqrt(s / (1 - 0.999**t))
            path.append(path[-1] - gamma / (1 + epoch) * mean / (size + 1e-8))
    return np.array(path)
