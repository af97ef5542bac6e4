# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch09-rate-answer: only the largest counts
def best_gamma(kappa):
    return 1 / np.max(kappa)


# %% ch09-rate-answer: largest stable one
def best_gamma(kappa):
    return 2 / np.max(kappa)


# %% ch09-rate-answer: first and last, not sorted
def best_gamma(kappa):
    return 2 / (kappa[0] + kappa[-1])


# %% ch09-rate-answer: mean of all
def best_gamma(kappa):
    return 1 / np.mean(kappa)


# %% ch09-roll: momentum never kept
def roll(slope, theta, gamma, beta, steps):
    path = [np.array(theta, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - gamma * slope(path[-1]))
    return np.array(path)


# %% ch09-roll: old step added at the start of the path
def roll(slope, theta, gamma, beta, steps):
    path = [np.array(theta, dtype=float)]
    m = np.array(theta, dtype=float)
    for _ in range(steps):
        m = beta * m - gamma * slope(path[-1])
        path.append(path[-1] + m)
    return np.array(path)


# %% ch09-roll: mean instead of sum
def roll(slope, theta, gamma, beta, steps):
    path = [np.array(theta, dtype=float)]
    m = 0.0
    for _ in range(steps):
        m = beta * m - (1 - beta) * gamma * slope(path[-1])
        path.append(path[-1] + m)
    return np.array(path)


# %% ch09-roll: start left out
def roll(slope, theta, gamma, beta, steps):
    path, p, m = [], np.array(theta, dtype=float), 0.0
    for _ in range(steps):
        m = beta * m - gamma * slope(p)
        p = p + m
        path.append(p)
    return np.array(path)


# %% ch09-leash-answer: what is removed, not left
def left_over(kappa, mu, n):
    return kappa / (kappa + 2 * mu / n)


# %% ch09-leash-answer: number of points forgotten
def left_over(kappa, mu, n):
    return mu / (kappa + mu)


# %% ch09-leash-answer: the rate itself
def left_over(kappa, mu, n):
    return 1 / (kappa + 2 * mu / n)


# %% ch09-leash-answer: Gauss-Newton, no leash
def left_over(kappa, mu, n):
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
