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


# %% ch02-deltas: forgets the slope of the output layer
def my_deltas(network, theta, run, dC_da):
    slope = [sigma.derivative(z) for sigma, z in zip(network.activations, run.z[1:])]
    found = [dC_da]
    for l in range(len(theta) - 1, 0, -1):
        found.insert(0, found[0] @ theta[l].weights * slope[l - 1])
    return found


# %% ch02-deltas: forgets the slopes of the hidden layers
def my_deltas(network, theta, run, dC_da):
    found = [network.activations[-1].derivative(run.z[-1]) * dC_da]
    for l in range(len(theta) - 1, 0, -1):
        found.insert(0, found[0] @ theta[l].weights)
    return found


# %% ch02-deltas: slope taken at the activation
def my_deltas(network, theta, run, dC_da):
    slope = [sigma.derivative(a) for sigma, a in zip(network.activations, run.a[1:])]
    found = [slope[-1] * dC_da]
    for l in range(len(theta) - 1, 0, -1):
        found.insert(0, found[0] @ theta[l].weights * slope[l - 1])
    return found


# %% ch02-deltas: brings the mean square along
def my_deltas(network, theta, run, dC_da):
    slope = [sigma.derivative(z) for sigma, z in zip(network.activations, run.z[1:])]
    found = [slope[-1] * 2 * dC_da / len(dC_da)]
    for l in range(len(theta) - 1, 0, -1):
        found.insert(0, found[0] @ theta[l].weights * slope[l - 1])
    return found


# %% ch02-deltas: in the order of the walk
def my_deltas(network, theta, run, dC_da):
    slope = [sigma.derivative(z) for sigma, z in zip(network.activations, run.z[1:])]
    found = [slope[-1] * dC_da]
    for l in range(len(theta) - 1, 0, -1):
        found.append(found[-1] @ theta[l].weights * slope[l - 1])
    return found
