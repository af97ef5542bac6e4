# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch07-warm-numbers: both slopes from the start
F_1, F_2 = 0.5, 0.0


# %% ch07-warm-numbers: slope taken with the new x
F_1, F_2 = 0.75, 0.875


# %% ch07-walk: the step enters twice
def walk(g, f_0, x_0, x_n, n):
    dx, f = (x_n - x_0) / n, f_0
    for i in range(n):
        k = dx * g(x_0 + i * dx, f)
        f = f + dx * k
    return f


# %% ch07-walk: n points in place of steps
def walk(g, f_0, x_0, x_n, n):
    x, f = np.linspace(x_0, x_n, n), f_0
    for i in range(n - 1):
        f = f + (x[i + 1] - x[i]) * g(x[i], f)
    return f


# %% ch07-walk: slope taken at the next point
def walk(g, f_0, x_0, x_n, n):
    dx, f = (x_n - x_0) / n, f_0
    for i in range(n):
        f = f + dx * g(x_0 + (i + 1) * dx, f)
    return f


# %% ch07-walk: walks to the right only
def walk(g, f_0, x_0, x_n, n):
    dx, f = abs(x_n - x_0) / n, f_0
    for i in range(n):
        f = f + dx * g(x_0 + i * dx, f)
    return f


# %% ch07-walk: slope sees the initial value only
def walk(g, f_0, x_0, x_n, n):
    dx, f = (x_n - x_0) / n, f_0
    for i in range(n):
        f = f + dx * g(x_0 + i * dx, f_0)
    return f


# %% ch07-two-walks: error of the fine value
def two_walks(g, f_0, x_0, x_n, n):
    coarse = euler(g, f_0, np.linspace(x_0, x_n, n + 1))[-1]
    fine = euler(g, f_0, np.linspace(x_0, x_n, 2 * n + 1))[-1]
    return coarse, fine - coarse


# %% ch07-two-walks: sign turned round
def two_walks(g, f_0, x_0, x_n, n):
    coarse = euler(g, f_0, np.linspace(x_0, x_n, n + 1))[-1]
    fine = euler(g, f_0, np.linspace(x_0, x_n, 2 * n + 1))[-1]
    return coarse, 2 * (coarse - fine)


# %% ch07-two-walks: grids one point too short
def two_walks(g, f_0, x_0, x_n, n):
    coarse = euler(g, f_0, np.linspace(x_0, x_n, n))[-1]
    fine = euler(g, f_0, np.linspace(x_0, x_n, 2 * n))[-1]
    return coarse, 2 * (fine - coarse)


# %% ch07-two-walks: fine grid lacks one step
def two_walks(g, f_0, x_0, x_n, n):
    coarse = euler(g, f_0, np.linspace(x_0, x_n, n + 1))[-1]
    fine = euler(g, f_0, np.linspace(x_0, x_n, 2 * n))[-1]
    return coarse, 2 * (fine - coarse)


# %% ch07-two-walks: returns the fine value
def two_walks(g, f_0, x_0, x_n, n):
    coarse = euler(g, f_0, np.linspace(x_0, x_n, n + 1))[-1]
    fine = euler(g, f_0, np.linspace(x_0, x_n, 2 * n + 1))[-1]
    return fine, 2 * (fine - coarse)


# %% ch07-orbit: velocity sees the old position
def orbit(f, v, dx, n):
    positions, velocities = [f], [v]
    for _ in range(n):
        f, v = f + dx * v, v - dx * f
        positions.append(f)
        velocities.append(v)
    return np.array(positions), np.array(velocities)


# %% ch07-orbit: velocity moves first
def orbit(f, v, dx, n):
    positions, velocities = [f], [v]
    for _ in range(n):
        v = v - dx * f
        f = f + dx * v
        positions.append(f)
        velocities.append(v)
    return np.array(positions), np.array(velocities)


# %% ch07-orbit: energy scaled back by force
def orbit(f, v, dx, n):
    positions, velocities = [f], [v]
    for _ in range(n):
        f, v = f + dx * v, v - dx * f
        f, v = f / np.sqrt(1 + dx**2), v / np.sqrt(1 + dx**2)
        positions.append(f)
        velocities.append(v)
    return np.array(positions), np.array(velocities)


# %% ch07-orbit: wrong sign of the force
def orbit(f, v, dx, n):
    positions, velocities = [f], [v]
    for _ in range(n):
        f = f + dx * v
        v = v + dx * f
        positions.append(f)
        velocities.append(v)
    return np.array(positions), np.array(velocities)


# %% ch07-orbit: position moves twice
def orbit(f, v, dx, n):
    positions, velocities = [f], [v]
    for _ in range(n):
        f = f + dx * v
        v = v - dx * f
        f = f + dx * v
        positions.append(f)
        velocities.append(v)
    return np.array(positions), np.array(velocities)


# %% ch07-orbit-kept: only the energy
def kept(f, v, dx):
    return (f**2 + v**2) / 2


# %% ch07-orbit-kept: sign of c turned round
def kept(f, v, dx):
    return (f**2 + v**2 - dx * f * v) / 2


# %% ch07-orbit-kept: c twice too large
def kept(f, v, dx):
    return (f**2 + v**2) / 2 + dx * f * v


# %% ch07-orbit-kept: a constant, kept by anything
def kept(f, v, dx):
    return 0.5


# %% ch07-friction-answer: real part alone decides
def largest_step(c):
    return 4 / c if c < 2 else 2 / (c / 2 + np.sqrt(c**2 / 4 - 1))


# %% ch07-friction-answer: limit of the velocity alone
def largest_step(c):
    return 2 / c


# %% ch07-friction-answer: one branch for all c
def largest_step(c):
    return c


# %% ch07-friction-answer: takes the slow eigenvalue
def largest_step(c):
    return c if c < 2 else c + np.sqrt(c**2 - 4)


# %% ch07-order-four: mends one line of three
def runge_kutta(g, f_0, x):
    f = np.empty(len(x))
    f[0] = f_0
    for i in range(len(x) - 1):
        dx = x[i + 1] - x[i]
        k1 = dx * g(x[i], f[i])
        k2 = dx * g(x[i] + dx / 2, f[i] + k1 / 2)
        k3 = dx * g(x[i] + dx / 2, f[i] + dx * k2 / 2)
        k4 = dx * g(x[i] + dx, f[i] + dx * k3)
        f[i + 1] = f[i] + (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return f


# %% ch07-order-four: forgets the halves too
def runge_kutta(g, f_0, x):
    f = np.empty(len(x))
    f[0] = f_0
    for i in range(len(x) - 1):
        dx = x[i + 1] - x[i]
        k1 = dx * g(x[i], f[i])
        k2 = dx * g(x[i] + dx / 2, f[i] + k1)
        k3 = dx * g(x[i] + dx / 2, f[i] + k2)
        k4 = dx * g(x[i] + dx, f[i] + k3)
        f[i + 1] = f[i] + (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return f


# %% ch07-order-four: step taken out twice, never in
def runge_kutta(g, f_0, x):
    f = np.empty(len(x))
    f[0] = f_0
    for i in range(len(x) - 1):
        dx = x[i + 1] - x[i]
        k1 = g(x[i], f[i])
        k2 = g(x[i] + dx / 2, f[i] + dx * k1 / 2)
        k3 = g(x[i] + dx / 2, f[i] + dx * k2 / 2)
        k4 = g(x[i] + dx, f[i] + dx * k3)
        f[i + 1] = f[i] + (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return f


# %% ch07-order-four: last slope at the middle
def runge_kutta(g, f_0, x):
    f = np.empty(len(x))
    f[0] = f_0
    for i in range(len(x) - 1):
        dx = x[i + 1] - x[i]
        k1 = dx * g(x[i], f[i])
        k2 = dx * g(x[i] + dx / 2, f[i] + k1 / 2)
        k3 = dx * g(x[i] + dx / 2, f[i] + k2 / 2)
        k4 = dx * g(x[i] + dx / 2, f[i] + k3)
        f[i + 1] = f[i] + (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return f
