# %% ch04-rules: quotient rule with swapped terms
def differentiate(tree):
    slope = differentiate
    match tree:
        case "x":
            return 1
        case "+", a, b:
            return "+", slope(a), slope(b)
        case "*", a, b:
            return "+", ("*", slope(a), b), ("*", a, slope(b))
        case "/", a, b:
            top = ("+", ("*", a, slope(b)), ("*", -1, ("*", slope(a), b)))
            return "/", top, ("*", b, b)
        case "exp", a:
            return "*", tree, slope(a)
        case "sqrt", a:
            return "/", slope(a), ("*", 2, tree)
        case "sin", a:
            return "*", ("cos", a), slope(a)
        case "cos", a:
            return "*", -1, ("*", ("sin", a), slope(a))
        case "log", a:
            return "/", slope(a), a
        case number:
            return 0

# %% ch04-rules: chain rule without inner derivative
def differentiate(tree):
    slope = differentiate
    match tree:
        case "x":
            return 1
        case "+", a, b:
            return "+", slope(a), slope(b)
        case "*", a, b:
            return "+", ("*", slope(a), b), ("*", a, slope(b))
        case "/", a, b:
            return "/", ("+", slope(a), ("*", -1, ("*", tree, slope(b)))), b
        case "exp", a:
            return "*", tree, slope(a)
        case "sqrt", a:
            return "/", slope(a), ("*", 2, tree)
        case "sin", a:
            return "cos", a
        case "cos", a:
            return "*", -1, ("sin", a)
        case "log", a:
            return "/", 1, a
        case number:
            return 0

# %% ch04-rules: cosine rule without the minus
def differentiate(tree):
    slope = differentiate
    match tree:
        case "x":
            return 1
        case "+", a, b:
            return "+", slope(a), slope(b)
        case "*", a, b:
            return "+", ("*", slope(a), b), ("*", a, slope(b))
        case "/", a, b:
            return "/", ("+", slope(a), ("*", -1, ("*", tree, slope(b)))), b
        case "exp", a:
            return "*", tree, slope(a)
        case "sqrt", a:
            return "/", slope(a), ("*", 2, tree)
        case "sin", a:
            return "*", ("cos", a), slope(a)
        case "cos", a:
            return "*", ("sin", a), slope(a)
        case "log", a:
            return "/", slope(a), a
        case number:
            return 0

# %% ch04-rules: product rule lost while copying
def differentiate(tree):
    slope = differentiate
    match tree:
        case "x":
            return 1
        case "+", a, b:
            return "+", slope(a), slope(b)
        case "*", a, b:
            return "*", slope(a), slope(b)
        case "/", a, b:
            return "/", ("+", slope(a), ("*", -1, ("*", tree, slope(b)))), b
        case "exp", a:
            return "*", tree, slope(a)
        case "sqrt", a:
            return "/", slope(a), ("*", 2, tree)
        case "sin", a:
            return "*", ("cos", a), slope(a)
        case "cos", a:
            return "*", -1, ("*", ("sin", a), slope(a))
        case "log", a:
            return "/", slope(a), a
        case number:
            return 0

# %% ch04-rules: calls d on the operands
def differentiate(tree):
    match tree:
        case "/", a, b:
            return "/", ("+", d(a), ("*", -1, ("*", tree, d(b)))), b
        case "sin", a:
            return "*", ("cos", a), d(a)
        case "cos", a:
            return "*", -1, ("*", ("sin", a), d(a))
        case "log", a:
            return "/", d(a), a
        case other:
            return d(other)

# %% ch04-swell-answer: slope grows like the function
def swell(n):
    return 2**n - 1, 3 * (2**n - 1)

# %% ch04-swell-answer: product rule counted with one factor
def swell(n):
    S = D = 0
    for _ in range(n):
        S, D = 2 * S + 1, 2 * D + S + 3
    return S, D

# %% ch04-swell-answer: recursion with the new S
def swell(n):
    S = D = 0
    for _ in range(n):
        S = 2 * S + 1
        D = 2 * D + 2 * S + 3
    return S, D

# %% ch04-power: exponent off by one
def power_rule(a, b, da, db):
    through_base = ("*", ("*", b, ("^", a, b)), da)
    if db == 0:
        return through_base
    through_exponent = ("*", ("*", ("^", a, b), ("log", a)), db)
    return through_exponent if da == 0 else ("+", through_base, through_exponent)

# %% ch04-power: left as it was published
def power_rule(a, b, da, db):
    return "*", ("*", b, ("^", a, ("+", b, -1))), da

# %% ch04-power: only the rule for exponentials
def power_rule(a, b, da, db):
    if db == 0:
        return "*", ("*", b, ("^", a, ("+", b, -1))), da
    return "*", ("*", ("^", a, b), ("log", a)), db

# %% ch04-power: logarithm also at negative base
def power_rule(a, b, da, db):
    through_base = ("*", ("*", b, ("^", a, ("+", b, -1))), da)
    through_exponent = ("*", ("*", ("^", a, b), ("log", a)), db)
    return "+", through_base, through_exponent

# %% ch04-power: base without inner derivative
def power_rule(a, b, da, db):
    through_base = ("*", b, ("^", a, ("+", b, -1)))
    if db == 0:
        return through_base
    through_exponent = ("*", ("*", ("^", a, b), ("log", a)), db)
    return through_exponent if da == 0 else ("+", through_base, through_exponent)

# %% ch04-power: zero times infinity at zero
def power_rule(a, b, da, db):
    through_base = ("*", ("*", b, ("^", a, ("+", b, -1))), da)
    if db == 0:
        return through_base
    through_exponent = ("*", ("*", ("^", a, b), ("log", a)), db)
    return through_exponent if da == 0 else ("+", through_base, through_exponent)

# %% ch04-kepler: cosine of M instead of E
def kepler(M, e):
    E = np.pi
    for _ in range(50):
        step = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E = E - step
        if abs(step) < 1e-13:
            break
    return E


def kepler_slopes(M, e):
    slope = 1 / (1 - e * np.cos(M))
    return slope, slope * np.sin(M)

# %% ch04-kepler: E held fixed in sin E
def kepler(M, e):
    E = np.pi
    for _ in range(50):
        E = E - (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
    return E


def kepler_slopes(M, e):
    E = kepler(M, e)
    return 1.0, np.sin(E)

# %% ch04-kepler: wrong sign before e
def kepler(M, e):
    E = np.pi
    for _ in range(50):
        E = E - (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
    return E


def kepler_slopes(M, e):
    E = kepler(M, e)
    slope = 1 / (1 + e * np.cos(E))
    return slope, slope * np.sin(E)

# %% ch04-kepler: Newton stopped after three steps
def kepler(M, e):
    E = np.pi
    for _ in range(3):
        E = E - (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
    return E


def kepler_slopes(M, e):
    E = kepler(M, e)
    slope = 1 / (1 - e * np.cos(E))
    return slope, slope * np.sin(E)
