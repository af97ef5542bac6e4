# %% ch06-fold: mean instead of sum
def fold(adjoint, shape):
    adjoint = np.mean(adjoint, axis=tuple(range(np.ndim(adjoint) - len(shape))))
    for axis, n in enumerate(shape):
        if n == 1:
            adjoint = np.mean(adjoint, axis=axis, keepdims=True)
    return adjoint

# %% ch06-fold: stretched axes are not summed
def fold(adjoint, shape):
    return np.sum(adjoint, axis=tuple(range(np.ndim(adjoint) - len(shape))))

# %% ch06-fold: axes of length one dropped
def fold(adjoint, shape):
    added = np.ndim(adjoint) - len(shape)
    stretched = [added + k for k, n in enumerate(shape) if n == 1]
    return np.sum(adjoint, axis=(*range(added), *stretched))

# %% ch06-fold: nothing is summed, only cut
def fold(adjoint, shape):
    while np.ndim(adjoint) > len(shape):
        adjoint = adjoint[0]
    return adjoint[tuple(slice(n) for n in shape)]

# %% ch06-fold: always sums the first axis
def fold(adjoint, shape):
    return np.sum(adjoint, axis=0).reshape(shape)

# %% ch06-twice: only the input is set back
def slope(f, x, sweeps=1):
    leaf = Value(x)
    output = f(leaf)
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    for _ in range(sweeps):
        leaf.grad, output.grad = 0.0, 1.0
        for node in reversed(order):
            for parent, partial in zip(node.parents, node.slopes):
                parent.grad += partial * node.grad
    return leaf.grad

# %% ch06-twice: overwritten instead of added
def slope(f, x, sweeps=1):
    leaf = Value(x)
    output = f(leaf)
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    for _ in range(sweeps):
        output.grad = 1.0
        for node in reversed(order):
            for parent, partial in zip(node.parents, node.slopes):
                parent.grad = partial * node.grad
    return leaf.grad

# %% ch06-twice: divided by the number of sweeps
def slope(f, x, sweeps=1):
    leaf = Value(x)
    output = f(leaf)
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in node.parents)
    for _ in range(sweeps):
        output.grad = 1.0
        for node in reversed(order):
            for parent, partial in zip(node.parents, node.slopes):
                parent.grad += partial * node.grad
    return leaf.grad / sweeps

# %% ch06-twice: still calls itself
def slope(f, x, sweeps=1):
    leaf = Value(x)
    output = f(leaf)
    order, visited = [], set()

    def visit(node):
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    for _ in range(sweeps):
        for node in order:
            node.grad = 0.0
        output.grad = 1.0
        for node in reversed(order):
            for parent, partial in zip(node.parents, node.slopes):
                parent.grad += partial * node.grad
    return leaf.grad

# %% ch06-twice: order of discovery, not of making
def slope(f, x, sweeps=1):
    leaf = Value(x)
    output = f(leaf)
    order, seen, waiting = [], {output}, [output]
    while waiting:
        node = waiting.pop()
        order.append(node)
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    for _ in range(sweeps):
        for node in order:
            node.grad = 0.0
        output.grad = 1.0
        for node in order:
            for parent, partial in zip(node.parents, node.slopes):
                parent.grad += partial * node.grad
    return leaf.grad

# %% ch06-checkpoint: adjoint starts anew in each piece
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    kept, end = 0, n
    while checkpoints:
        start = s * (len(checkpoints) - 1)
        piece = [checkpoints[-1]]
        for _ in range(start + 1, end):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        adjoint = 1.0
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - 2 * l)
        end = start
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return max(1, round(n**0.5))

# %% ch06-checkpoint: piece one turn too long
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    adjoint, kept, end = 1.0, 0, n
    while checkpoints:
        start = s * (len(checkpoints) - 1)
        piece = [checkpoints[-1]]
        for _ in range(start, end):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - 2 * l)
        end = start
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return max(1, round(n**0.5))

# %% ch06-checkpoint: last short piece forgotten
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    checkpoints = checkpoints[: n // s]
    adjoint, kept = 1.0, 0
    while checkpoints:
        piece = [checkpoints[-1]]
        for _ in range(s - 1):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - 2 * l)
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return max(1, round(n**0.5))

# %% ch06-checkpoint: everything is kept after all
def checkpointed(x, n, s):
    values = [x]
    for _ in range(n - 1):
        values.append(3.5 * values[-1] * (1 - values[-1]))
    adjoint = 1.0
    for l in reversed(values):
        adjoint = adjoint * 3.5 * (1 - 2 * l)
    return adjoint, len(values)


def best_piece(n):
    return max(1, round(n**0.5))

# %% ch06-checkpoint: fewest values in longest pieces
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    adjoint, kept, end = 1.0, 0, n
    while checkpoints:
        start = s * (len(checkpoints) - 1)
        piece = [checkpoints[-1]]
        for _ in range(start + 1, end):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - 2 * l)
        end = start
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return n

# %% ch06-checkpoint: root of n forgotten, half taken
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    adjoint, kept, end = 1.0, 0, n
    while checkpoints:
        start = s * (len(checkpoints) - 1)
        piece = [checkpoints[-1]]
        for _ in range(start + 1, end):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - 2 * l)
        end = start
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return max(1, n // 2)

# %% ch06-checkpoint: derivative of l² only
def checkpointed(x, n, s):
    checkpoints, l = [], x
    for turn in range(n):
        if turn % s == 0:
            checkpoints.append(l)
        l = 3.5 * l * (1 - l)
    adjoint, kept, end = 1.0, 0, n
    while checkpoints:
        start = s * (len(checkpoints) - 1)
        piece = [checkpoints[-1]]
        for _ in range(start + 1, end):
            piece.append(3.5 * piece[-1] * (1 - piece[-1]))
        kept = max(kept, len(checkpoints) + len(piece))
        for l in reversed(piece):
            adjoint = adjoint * 3.5 * (1 - l)
        end = start
        checkpoints.pop()
    return adjoint, kept


def best_piece(n):
    return max(1, round(n**0.5))

# %% ch06-hessian: one number instead of Hv
def hessian_times(f, x, v):
    return jvp(lambda point: jvp(f, point, v)[1], x, v)[1]

# %% ch06-hessian: only the diagonal of H
def hessian_times(f, x, v):
    seeds = np.eye(len(x))
    return v * np.array([jvp(gradient(f), x, seed)[1] @ seed for seed in seeds])

# %% ch06-hessian: gradient instead of its change
def hessian_times(f, x, v):
    return jvp(gradient(f), x, v)[0]

# %% ch06-hessian: direction of ones
def hessian_times(f, x, v):
    return v * jvp(gradient(f), x, np.ones_like(x))[1]
