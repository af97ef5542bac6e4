# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch03-one-sided-answer: signs turned round
def one_sided(f, x, h):
    return (3 * f(x) - 4 * f(x + h) + f(x + 2 * h)) / (2 * h)


# %% ch03-one-sided-answer: forgets the two below
def one_sided(f, x, h):
    return (-3 * f(x) + 4 * f(x + h) - f(x + 2 * h)) / h


# %% ch03-one-sided-answer: looks to the left
def one_sided(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


# %% ch03-one-sided-answer: order one only
def one_sided(f, x, h):
    return (f(x + h) - f(x)) / h


# %% ch03-one-sided-answer: a step of 2h throughout
def one_sided(f, x, h):
    return (-3 * f(x) + 4 * f(x + 2 * h) - f(x + 4 * h)) / (4 * h)


# %% ch03-richardson: step not halved
def richardson(f, x, h):
    return (4 * central(f, x, h) - central(f, x, h)) / 3


# %% ch03-richardson: doubles the step instead
def richardson(f, x, h):
    return (4 * central(f, x, h) - central(f, x, 2 * h)) / 3


# %% ch03-richardson: weights for an order one
def richardson(f, x, h):
    return 2 * central(f, x, h / 2) - central(f, x, h)


# %% ch03-richardson: the two steps exchanged
def richardson(f, x, h):
    return (4 * central(f, x, h) - central(f, x, h / 2)) / 3


# %% ch03-richardson: plain mean of both
def richardson(f, x, h):
    return (central(f, x, h / 2) + central(f, x, h)) / 2


# %% ch03-kink: modulus, as before
def absolute(z):
    return np.abs(z)


def relu(z):
    return (z + np.abs(z)) / 2


# %% ch03-kink: slope always plus one
def absolute(z):
    return np.abs(np.real(z)) + 1j * np.imag(z)


def relu(z):
    return np.where(np.real(z) > 0, z, 0)


# %% ch03-kink: takes one number only
def absolute(z):
    return -z if z.real < 0 else z


def relu(z):
    return z if z.real > 0 else 0.0 * z


# %% ch03-kink: keeps the sign of z
def absolute(z):
    return z * np.sign(np.real(z))


def relu(z):
    return z + absolute(z)


# %% ch03-direction: step ignores the direction's length
def slope_along(f, x, v):
    h = EPS ** (1 / 3)
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


# %% ch03-direction: slope along the unit vector
def slope_along(f, x, v):
    u, h = v / np.linalg.norm(v), EPS ** (1 / 3) * max(1.0, np.linalg.norm(x))
    return (f(x + h * u) - f(x - h * u)) / (2 * h)


# %% ch03-direction: divides by one h
def slope_along(f, x, v):
    h = EPS ** (1 / 3) * max(1.0, np.linalg.norm(x)) / np.linalg.norm(v)
    return (f(x + h * v) - f(x - h * v)) / h


# %% ch03-direction: one difference for each input
def slope_along(f, x, v):
    h, slopes = EPS ** (1 / 3), np.zeros(len(x))
    for k, e in enumerate(np.eye(len(x))):
        slopes[k] = (f(x + h * e) - f(x - h * e)) / (2 * h)
    return slopes @ v


# %% ch03-direction: step not relative to x
def slope_along(f, x, v):
    h = EPS ** (1 / 3) / np.linalg.norm(v)
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


# %% ch03-direction: forward difference
def slope_along(f, x, v):
    h = EPS ** (1 / 2) * max(1.0, np.linalg.norm(x)) / np.linalg.norm(v)
    return (f(x + h * v) - f(x)) / h


# %% ch03-agrees: NumPy's allclose as it is
def agrees(yours, seen):
    return np.shape(yours) == np.shape(seen) and np.allclose(yours, seen, rtol=1e-6)


# %% ch03-agrees: each component by itself
def agrees(yours, seen):
    if np.shape(yours) != np.shape(seen):
        return False
    return bool(np.all(np.abs(yours - seen) <= 1e-6 * np.abs(seen)))


# %% ch03-agrees: shapes broadcast
def agrees(yours, seen):
    return bool(np.max(np.abs(yours - seen)) <= 1e-6 * np.max(np.abs(seen)))


# %% ch03-agrees: mean in place of largest
def agrees(yours, seen):
    if np.shape(yours) != np.shape(seen):
        return False
    return bool(np.mean(np.abs(yours - seen)) <= 1e-6 * np.max(np.abs(seen)))


# %% ch03-agrees: NaN slips through
def agrees(yours, seen):
    if np.shape(yours) != np.shape(seen):
        return False
    return not np.max(np.abs(yours - seen)) > 1e-6 * np.max(np.abs(seen))


# %% ch03-agrees: forgets the absolute value
def agrees(yours, seen):
    if np.shape(yours) != np.shape(seen):
        return False
    return bool(np.max(yours - seen) <= 1e-6 * np.max(np.abs(seen)))


# %% ch03-agrees: divides by a largest of zero
def agrees(yours, seen):
    if np.shape(yours) != np.shape(seen):
        return False
    with np.errstate(all="ignore"):
        return bool(np.max(np.abs(yours - seen)) / np.max(np.abs(seen)) <= 1e-6)
