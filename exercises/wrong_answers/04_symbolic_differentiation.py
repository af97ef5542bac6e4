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

# %% ch04-tidy: only the top is tidied
def tidy(tree):
    match tree:
        case ("+", 0, a) | ("+", a, 0) | ("*", 1, a) | ("*", a, 1) | ("/", a, 1):
            return a
        case ("*", 0, _) | ("*", _, 0) | ("/", 0, _):
            return 0
        case "+", int() | float() as a, int() | float() as b:
            return a + b
        case "*", int() | float() as a, int() | float() as b:
            return a * b
        case other:
            return other

# %% ch04-tidy: top before its operands
def tidy(tree):
    match tree:
        case ("+", 0, a) | ("+", a, 0) | ("*", 1, a) | ("*", a, 1) | ("/", a, 1):
            return tidy(a)
        case ("*", 0, _) | ("*", _, 0) | ("/", 0, _):
            return 0
        case "+", int() | float() as a, int() | float() as b:
            return a + b
        case "*", int() | float() as a, int() | float() as b:
            return a * b
        case (name, *operands):
            return (name, *map(tidy, operands)) if isinstance(tree, tuple) else tree
        case leaf:
            return leaf

# %% ch04-tidy: zero times a gives a
def tidy(tree):
    if not isinstance(tree, tuple):
        return tree
    name, *operands = tree
    match name, *map(tidy, operands):
        case "+", int() | float() as a, int() | float() as b:
            return a + b
        case "*", int() | float() as a, int() | float() as b:
            return a * b
        case ("+", 0, a) | ("+", a, 0) | ("*", 1, a) | ("*", a, 1) | ("/", a, 1):
            return a
        case ("*", 0, a) | ("*", a, 0):
            return a
        case ("/", 0, _):
            return 0
        case clean:
            return tuple(clean)

# %% ch04-tidy: looks only at the left
def tidy(tree):
    if not isinstance(tree, tuple):
        return tree
    name, *operands = tree
    match name, *map(tidy, operands):
        case "+", int() | float() as a, int() | float() as b:
            return a + b
        case "*", int() | float() as a, int() | float() as b:
            return a * b
        case ("+", 0, a) | ("*", 1, a):
            return a
        case ("*", 0, _) | ("/", 0, _):
            return 0
        case clean:
            return tuple(clean)

# %% ch04-tidy: one divided by a gives a
def tidy(tree):
    if not isinstance(tree, tuple):
        return tree
    name, *operands = tree
    match name, *map(tidy, operands):
        case "+", int() | float() as a, int() | float() as b:
            return a + b
        case "*", int() | float() as a, int() | float() as b:
            return a * b
        case (_, 0, a) | (_, a, 0) if name == "+":
            return a
        case (_, 1, a) | (_, a, 1) if name != "+":
            return a
        case ("*", 0, _) | ("*", _, 0) | ("/", 0, _):
            return 0
        case clean:
            return tuple(clean)

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

# %% ch04-list: parts that repeat get new steps
def as_list(tree):
    steps = []

    def place(part):
        if not isinstance(part, tuple):
            return part
        steps.append((part[0], *map(place, part[1:])))
        return f"s{len(steps) - 1}"

    place(tree)
    return steps

# %% ch04-list: steps before their operands
def as_list(tree):
    different = []

    def visit(part):
        if isinstance(part, tuple) and part not in different:
            different.append(part)
            for operand in part[1:]:
                visit(operand)

    visit(tree)
    place = {part: f"s{k}" for k, part in enumerate(different)}
    return [
        (name, *(place[o] if isinstance(o, tuple) else o for o in operands))
        for name, *operands in different
    ]

# %% ch04-list: last step is not the tree
def as_list(tree):
    number_of = {}

    def place(part):
        if not isinstance(part, tuple):
            return part
        step = (part[0], *map(place, part[1:]))
        return f"s{number_of.setdefault(step, len(number_of))}"

    place(tree)
    return sorted(number_of, key=lambda step: number_of[step])[:-1] or list(number_of)

# %% ch04-list: numbered from one
def as_list(tree):
    number_of = {}

    def place(part):
        if not isinstance(part, tuple):
            return part
        step = (part[0], *map(place, part[1:]))
        return f"s{number_of.setdefault(step, len(number_of) + 1)}"

    place(tree)
    return list(number_of)

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
