# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch13-step: Euler's step
def midpoint(w, b, a_0, dx, n):
    path = [np.array(a_0, dtype=float)]
    for _ in range(n):
        path.append(path[-1] + dx * np.tanh(w @ path[-1] + b))
    return np.array(path)


# %% ch13-step: the second half starts at the midpoint
def midpoint(w, b, a_0, dx, n):
    path = [np.array(a_0, dtype=float)]
    for _ in range(n):
        m = path[-1] + dx / 2 * np.tanh(w @ path[-1] + b)
        path.append(m + dx * np.tanh(w @ m + b))
    return np.array(path)


# %% ch13-step: start left out
def midpoint(w, b, a_0, dx, n):
    a, path = np.array(a_0, dtype=float), []
    for _ in range(n):
        m = a + dx / 2 * np.tanh(w @ a + b)
        a = a + dx * np.tanh(w @ m + b)
        path.append(a)
    return np.array(path)


# %% ch13-step: adds to the state that was given
def midpoint(w, b, a_0, dx, n):
    a, path = a_0, [a_0]
    for _ in range(n):
        m = a + dx / 2 * np.tanh(w @ a + b)
        a += dx * np.tanh(w @ m + b)
        path.append(a)
    return np.array(path)


# %% ch13-back: the way through the midpoint ends there
def midpoint_back(w, b, path, dx, p):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    for a in path[-2::-1]:
        m = a + dx / 2 * np.tanh(w @ a + b)
        delta = dx * (1 - np.tanh(w @ m + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, m), dC_db + delta
        p = p + w.T @ delta
    return dC_dw, dC_db, p


# %% ch13-back: the recursion of Euler's steps
def midpoint_back(w, b, path, dx, p):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    for a in path[-2::-1]:
        delta = dx * (1 - np.tanh(w @ a + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, a), dC_db + delta
        p = p + w.T @ delta
    return dC_dw, dC_db, p


# %% ch13-back: half the step forgotten
def midpoint_back(w, b, path, dx, p):
    slope = lambda a: 1 - np.tanh(w @ a + b) ** 2
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    for a in path[-2::-1]:
        m = a + dx / 2 * np.tanh(w @ a + b)
        delta = dx * slope(m) * p
        half = dx * slope(a) * (w.T @ delta)
        dC_dw = dC_dw + np.outer(delta, m) + np.outer(half, a)
        dC_db = dC_db + delta + half
        p = p + w.T @ delta + w.T @ half
    return dC_dw, dC_db, p


# %% ch13-back: w where its transpose belongs
def midpoint_back(w, b, path, dx, p):
    slope = lambda a: 1 - np.tanh(w @ a + b) ** 2
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    for a in path[-2::-1]:
        m = a + dx / 2 * np.tanh(w @ a + b)
        delta = dx * slope(m) * p
        half = dx / 2 * slope(a) * (w @ delta)
        dC_dw = dC_dw + np.outer(delta, m) + np.outer(half, a)
        dC_db = dC_db + delta + half
        p = p + w @ delta + w @ half
    return dC_dw, dC_db, p


# %% ch13-near: only the end of the step mended
def careful_gradient(w, b, path, dx, dC_da):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    p = dC_da[-1]
    for i in range(len(path) - 2, -1, -1):
        delta = dx * (1 - np.tanh(w @ path[i] + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, path[i]), dC_db + delta
        p = p + w.T @ delta
        if np.any(dC_da[i]):
            p = dC_da[i]
    return dC_dw, dC_db, p


# %% ch13-near: only the data on the way mended
def careful_gradient(w, b, path, dx, dC_da):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    p = dC_da[-1]
    for i in range(len(path) - 2, -1, -1):
        delta = dx * (1 - np.tanh(w @ path[i + 1] + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, path[i + 1]), dC_db + delta
        p = p + w.T @ delta + dC_da[i]
    return dC_dw, dC_db, p


# %% ch13-near: the slope at one end, the state at the other
def careful_gradient(w, b, path, dx, dC_da):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    p = dC_da[-1]
    for i in range(len(path) - 2, -1, -1):
        delta = dx * (1 - np.tanh(w @ path[i] + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, path[i + 1]), dC_db + delta
        p = p + w.T @ delta + dC_da[i]
    return dC_dw, dC_db, p


# %% ch13-near: data added before the step instead of behind it
def careful_gradient(w, b, path, dx, dC_da):
    dC_dw, dC_db = np.zeros_like(w), np.zeros_like(b)
    p = dC_da[-1]
    for i in range(len(path) - 2, -1, -1):
        p = p + dC_da[i]
        delta = dx * (1 - np.tanh(w @ path[i] + b) ** 2) * p
        dC_dw, dC_db = dC_dw + np.outer(delta, path[i]), dC_db + delta
        p = p + w.T @ delta
    return dC_dw, dC_db, p


# %% ch13-keep: all states kept
def back_with_checkpoints(step, pull, a_0, n, every, p):
    path = [a_0]
    for _ in range(n):
        path.append(step(path[-1]))
    p, total = p(path[-1]), 0.0
    for a in reversed(path[:-1]):
        p, share = pull(a, p)
        total = total + share
    return p, total


# %% ch13-keep: every state from the start again
def back_with_checkpoints(step, pull, a_0, n, every, p):
    def state(i):
        a = a_0
        for _ in range(i):
            a = step(a)
        return a

    p, total = p(state(n)), 0.0
    for i in range(n - 1, -1, -1):
        p, share = pull(state(i), p)
        total = total + share
    return p, total


# %% ch13-keep: every divides n
def back_with_checkpoints(step, pull, a_0, n, every, p):
    a, kept = a_0, []
    for i in range(n):
        if i % every == 0:
            kept.append(a)
        a = step(a)
    p, total = p(a), 0.0
    for start in reversed(kept):
        piece = [start]
        for _ in range(every - 1):
            piece.append(step(piece[-1]))
        for a in reversed(piece):
            p, share = pull(a, p)
            total = total + share
    return p, total


# %% ch13-keep: back through the ends of the steps
def back_with_checkpoints(step, pull, a_0, n, every, p):
    a, kept = a_0, []
    for i in range(n):
        if i % every == 0:
            kept.append(a)
        a = step(a)
    p, total = p(a), 0.0
    for j in range(len(kept) - 1, -1, -1):
        piece = [kept[j]]
        for _ in range(min(every, n - j * every)):
            piece.append(step(piece[-1]))
        for a in reversed(piece[1:]):
            p, share = pull(a, p)
            total = total + share
    return p, total
