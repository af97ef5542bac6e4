# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch12-rate: noise forgotten in the sensitivities
def rate_and_error(x, y, noise, f_0, k):
    for _ in range(20):
        f = f_0 * np.exp(-k * x)
        e, S = f - y, -x * f
        k = k - (S @ e) / (S @ S)
    return k, 1 / np.sqrt(S @ S)


# %% ch12-rate: sign of the slope lost
def rate_and_error(x, y, noise, f_0, k):
    for _ in range(20):
        f = f_0 * np.exp(-k * x)
        e, S = (f - y) / noise, x * f / noise
        k = k - (S @ e) / (S @ S)
    return k, 1 / np.sqrt(S @ S)


# %% ch12-rate: variance taken for the standard error
def rate_and_error(x, y, noise, f_0, k):
    for _ in range(20):
        f = f_0 * np.exp(-k * x)
        e, S = (f - y) / noise, -x * f / noise
        k = k - (S @ e) / (S @ S)
    return k, 1 / (S @ S)


# %% ch12-rate: one step only
def rate_and_error(x, y, noise, f_0, k):
    f = f_0 * np.exp(-k * x)
    e, S = (f - y) / noise, -x * f / noise
    return k - (S @ e) / (S @ S), 1 / np.sqrt(S @ S)


# %% ch12-hidden: rows for columns
def unseen(S):
    values, vectors = np.linalg.eigh(S.T @ S)
    return vectors[values < 1e-10 * values.max()]


# %% ch12-hidden: what is seen
def unseen(S):
    values, vectors = np.linalg.eigh(S.T @ S)
    return vectors[:, values > 1e-10 * values.max()]


# %% ch12-hidden: absolute limit
def unseen(S):
    values, vectors = np.linalg.eigh(S.T @ S)
    return vectors[:, values < 1e-10]


# %% ch12-errors: each as if the others were known
def standard_errors(S):
    return 1 / np.sqrt(np.diag(S.T @ S))


# %% ch12-errors: variances
def standard_errors(S):
    return np.diag(np.linalg.inv(S.T @ S))


# %% ch12-errors: root of the whole matrix, not of its diagonal
def standard_errors(S):
    return np.sqrt(np.abs(np.linalg.inv(S.T @ S))).sum(axis=0)
