# Typical wrong answers to the exercises of this chapter. Each replaces the solution cell with
# its id, and the check of that cell must fail.

# %% ch01-sigmoid: forgets the minus one
def as_sigmoid(theta):
    hidden, output = theta
    return [
        Layer(2 * hidden.weights, 2 * hidden.biases),
        Layer(2 * output.weights, output.biases),
    ]


# %% ch01-sigmoid: hidden biases not doubled
def as_sigmoid(theta):
    hidden, output = theta
    return [
        Layer(2 * hidden.weights, hidden.biases),
        Layer(2 * output.weights, output.biases - output.weights.sum(axis=1)),
    ]


# %% ch01-sigmoid: subtracts one from the bias
def as_sigmoid(theta):
    hidden, output = theta
    return [
        Layer(2 * hidden.weights, 2 * hidden.biases),
        Layer(2 * output.weights, output.biases - 1),
    ]


# %% ch01-sigmoid: all outputs share one shift
def as_sigmoid(theta):
    hidden, output = theta
    return [
        Layer(2 * hidden.weights, 2 * hidden.biases),
        Layer(2 * output.weights, output.biases - output.weights.sum()),
    ]


# %% ch01-sigmoid: sums over the wrong index
def as_sigmoid(theta):
    hidden, output = theta
    return [
        Layer(2 * hidden.weights, 2 * hidden.biases),
        Layer(2 * output.weights, output.biases - output.weights.sum(axis=0)),
    ]


# %% ch01-polygon: slopes in place of turns
def polygon(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    slopes = np.diff(y) / np.diff(x)
    hidden = Layer(np.ones((len(slopes), 1)), -x[:-1])
    return [hidden, Layer(slopes[None, :], y[:1])]


# %% ch01-polygon: starts at zero
def polygon(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    turns = np.diff(np.diff(y) / np.diff(x), prepend=0.0)
    hidden = Layer(np.ones((len(turns), 1)), -x[:-1])
    return [hidden, Layer(turns[None, :], np.zeros(1))]


# %% ch01-polygon: corners one place too late
def polygon(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    turns = np.diff(np.diff(y) / np.diff(x), prepend=0.0)
    hidden = Layer(np.ones((len(turns), 1)), -x[1:])
    return [hidden, Layer(turns[None, :], y[:1])]


# %% ch01-polygon: takes the corners evenly spaced
def polygon(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    turns = np.diff(np.diff(y) / (x[1] - x[0]), prepend=0.0)
    hidden = Layer(np.ones((len(turns), 1)), -x[:-1])
    return [hidden, Layer(turns[None, :], y[:1])]


# %% ch01-polygon: takes arrays only
def polygon(x, y):
    turns = np.diff(np.diff(y) / np.diff(x), prepend=0.0)
    hidden = Layer(np.ones((len(turns), 1)), -x[:-1])
    return [hidden, Layer(turns[None, :], y[:1])]


# %% ch01-transpose: output layer still turned
def forward(theta, x):
    a = x
    for layer in theta[:-1]:
        a = np.tanh(a @ layer.weights.T + layer.biases)
    return a @ theta[-1].weights + theta[-1].biases


# %% ch01-transpose: transposes only where shapes complain
def forward(theta, x):
    a = x
    for l, layer in enumerate(theta):
        fits = a.shape[1] == layer.weights.shape[0]
        z = a @ (layer.weights if fits else layer.weights.T) + layer.biases
        a = np.tanh(z) if l < len(theta) - 1 else z
    return a


# %% ch01-transpose: output layer bent as well
def forward(theta, x):
    a = x
    for layer in theta:
        a = np.tanh(a @ layer.weights.T + layer.biases)
    return a


# %% ch01-transpose: knows two layers only
def forward(theta, x):
    a = np.tanh(x @ theta[0].weights.T + theta[0].biases)
    return a @ theta[1].weights.T + theta[1].biases
