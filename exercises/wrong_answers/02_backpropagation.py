# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch02-printed: as it is printed
def slopes(v, x, t):
    w1, b1, w2, b2 = v
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    s1, s2 = a1 * (1 - a1), a2 * (1 - a2)
    return (a2 - t) * s2 * np.array([a1 * s1 * x, s1, a1, 1.0])


# %% ch02-printed: bias of layer one unmended
def slopes(v, x, t):
    w1, b1, w2, b2 = v
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    s1, s2 = a1 * (1 - a1), a2 * (1 - a2)
    return (a2 - t) * s2 * np.array([w2 * s1 * x, s1, a1, 1.0])


# %% ch02-printed: the book's factor two
def slopes(v, x, t):
    w1, b1, w2, b2 = v
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    delta2 = 2 * (a2 - t) * a2 * (1 - a2)
    delta1 = delta2 * w2 * a1 * (1 - a1)
    return np.array([delta1 * x, delta1, delta2 * a1, delta2])


# %% ch02-printed: takes the output as straight
def slopes(v, x, t):
    w1, b1, w2, b2 = v
    a1 = sigmoid(w1 * x + b1)
    delta2 = sigmoid(w2 * a1 + b2) - t
    delta1 = delta2 * w2 * a1 * (1 - a1)
    return np.array([delta1 * x, delta1, delta2 * a1, delta2])


# %% ch02-printed: in the order of layers backwards
def slopes(v, x, t):
    w1, b1, w2, b2 = v
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    delta2 = (a2 - t) * a2 * (1 - a2)
    delta1 = delta2 * w2 * a1 * (1 - a1)
    return np.array([delta2 * a1, delta2, delta1 * x, delta1])


# %% ch02-zero-answer: forgets the factor two
def bias_after(k, gamma, t):
    return np.mean(t) * (1 - (1 - gamma) ** k)


# %% ch02-zero-answer: sum in place of mean
def bias_after(k, gamma, t):
    return np.sum(t) * (1 - (1 - 2 * gamma) ** k)


# %% ch02-zero-answer: distance in place of bias
def bias_after(k, gamma, t):
    return np.mean(t) * (1 - 2 * gamma) ** k


# %% ch02-zero-answer: one step too many
def bias_after(k, gamma, t):
    return np.mean(t) * (1 - (1 - 2 * gamma) ** (k + 1))


# %% ch02-zero-answer: first step only, times k
def bias_after(k, gamma, t):
    return 2 * k * gamma * np.mean(t)


# %% ch02-input: bends the input
def input_gradient(network, theta, x, t):
    delta = deltas(network, theta, network.forward(theta, x), t)[0]
    return (delta @ theta[0].weights) * (1 - x**2)


# %% ch02-input: one layer too far up
def input_gradient(network, theta, x, t):
    delta = deltas(network, theta, network.forward(theta, x), t)[1]
    return delta @ theta[1].weights


# %% ch02-input: weights transposed
def input_gradient(network, theta, x, t):
    delta = deltas(network, theta, network.forward(theta, x), t)[0]
    return delta @ theta[0].weights.T


# %% ch02-input: forgets the mean over samples
def input_gradient(network, theta, x, t):
    delta = deltas(network, theta, network.forward(theta, x), t)[0]
    return len(x) * delta @ theta[0].weights


# %% ch02-input: sums over the samples
def input_gradient(network, theta, x, t):
    delta = deltas(network, theta, network.forward(theta, x), t)[0]
    return (delta @ theta[0].weights).sum(axis=0)


# %% ch02-softmax-answer: only its own output
def softmax_delta(a, dC_da):
    return a * (1 - a) * dC_da


# %% ch02-softmax-answer: sums over the samples
def softmax_delta(a, dC_da):
    return a * (dC_da - np.sum(dC_da * a, axis=0))


# %% ch02-softmax-answer: common part not weighted
def softmax_delta(a, dC_da):
    return a * (dC_da - np.sum(dC_da, axis=1, keepdims=True))


# %% ch02-softmax-answer: always the cross-entropy
def softmax_delta(a, dC_da):
    t = -a * dC_da
    return a - t


# %% ch02-softmax-answer: wrong sign of the sum
def softmax_delta(a, dC_da):
    return a * (dC_da + np.sum(dC_da * a, axis=1, keepdims=True))


# %% ch02-softmax-answer: forgets to keep the column
def softmax_delta(a, dC_da):
    return a * (dC_da - np.sum(dC_da * a, axis=1))


# %% ch02-pieces: plain mean of the pieces
def combine(gradients, sizes):
    n = len(gradients)
    return [
        Layer(*(sum(parts) / n for parts in zip(*layers))) for layers in zip(*gradients)
    ]


# %% ch02-pieces: sum of the pieces
def combine(gradients, sizes):
    return [Layer(*(sum(parts) for parts in zip(*layers))) for layers in zip(*gradients)]


# %% ch02-pieces: small pieces count more
def combine(gradients, sizes):
    shares = 1 / np.array(sizes) / np.sum(1 / np.array(sizes))
    return [
        Layer(*(sum(s * part for s, part in zip(shares, parts)) for parts in zip(*layers)))
        for layers in zip(*gradients)
    ]


# %% ch02-pieces: not divided by the total
def combine(gradients, sizes):
    return [
        Layer(*(sum(s * part for s, part in zip(sizes, parts)) for parts in zip(*layers)))
        for layers in zip(*gradients)
    ]


# %% ch02-pieces: biases taken from the first
def combine(gradients, sizes):
    shares = np.array(sizes) / np.sum(sizes)
    return [
        Layer(sum(s * g.weights for s, g in zip(shares, layers)), layers[0].biases)
        for layers in zip(*gradients)
    ]


# %% ch02-step: slopes of biases unmended
def step(theta, x, t, gamma):
    a, after = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta), 0, -1):
        if l < len(theta):
            delta = (delta @ theta[l].weights) * (1 - a[l] ** 2)
        w, b = theta[l - 1]
        after[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * delta.sum(axis=0))
    return after


# %% ch02-step: new weights carry δ back
def step(theta, x, t, gamma):
    a, theta = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta), 0, -1):
        if l < len(theta):
            delta = (delta @ theta[l].weights) * (1 - a[l] ** 2)
        w, b = theta[l - 1]
        slope = BIAS_NEURON * delta.sum(axis=0)
        theta[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * slope)
    return theta


# %% ch02-step: divides by the bias neuron
def step(theta, x, t, gamma):
    a, after = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta), 0, -1):
        if l < len(theta):
            delta = (delta @ theta[l].weights) * (1 - a[l] ** 2)
        w, b = theta[l - 1]
        slope = delta.sum(axis=0) / BIAS_NEURON
        after[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * slope)
    return after


# %% ch02-step: mean over the samples twice
def step(theta, x, t, gamma):
    a, after = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta), 0, -1):
        if l < len(theta):
            delta = (delta @ theta[l].weights) * (1 - a[l] ** 2)
        w, b = theta[l - 1]
        slope = BIAS_NEURON * delta.mean(axis=0)
        after[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * slope)
    return after


# %% ch02-step: output layer is not updated
def step(theta, x, t, gamma):
    a, after = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta) - 1, 0, -1):
        delta = (delta @ theta[l].weights) * (1 - a[l] ** 2)
        w, b = theta[l - 1]
        slope = BIAS_NEURON * delta.sum(axis=0)
        after[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * slope)
    return after


# %% ch02-step: forgets σ' of hidden layers
def step(theta, x, t, gamma):
    a, after = activations(theta, x), list(theta)
    delta = 2 * (a[-1] - t) / len(t)
    for l in range(len(theta), 0, -1):
        if l < len(theta):
            delta = delta @ theta[l].weights
        w, b = theta[l - 1]
        slope = BIAS_NEURON * delta.sum(axis=0)
        after[l - 1] = Layer(w - gamma * delta.T @ a[l - 1], b - gamma * slope)
    return after


# %% ch02-curvature: direction not of length one
def steepest_curvature(slopes, v, start, steps):
    u, h, kappa = np.asarray(start), 1e-5, 0.0
    for _ in range(steps):
        product = (slopes(v + h * u) - slopes(v - h * u)) / (2 * h)
        kappa = u @ product
        u = product
    return kappa


# %% ch02-curvature: difference divided by one h
def steepest_curvature(slopes, v, start, steps):
    u, h, kappa = start / np.linalg.norm(start), 1e-5, 0.0
    for _ in range(steps):
        product = (slopes(v + h * u) - slopes(v - h * u)) / h
        kappa = u @ product
        u = product / np.linalg.norm(product)
    return kappa


# %% ch02-curvature: slope taken for the product
def steepest_curvature(slopes, v, start, steps):
    u, kappa = start / np.linalg.norm(start), 0.0
    for _ in range(steps):
        product = slopes(v + u)
        kappa = u @ product
        u = product / np.linalg.norm(product)
    return kappa


# %% ch02-curvature: one product only
def steepest_curvature(slopes, v, start, steps):
    u, h = start / np.linalg.norm(start), 1e-5
    product = (slopes(v + h * u) - slopes(v - h * u)) / (2 * h)
    return u @ product


# %% ch02-curvature: curvature at zero, not at v
def steepest_curvature(slopes, v, start, steps):
    u, h, kappa = start / np.linalg.norm(start), 1e-5, 0.0
    for _ in range(steps):
        product = (slopes(h * u) - slopes(-h * u)) / (2 * h)
        kappa = u @ product
        u = product / np.linalg.norm(product)
    return kappa
