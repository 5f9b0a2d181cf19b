"""No variant: what one beside it imports."""


def ahead(v, gradient, rate, momentum):
    v *= momentum
    v -= rate * gradient
    return momentum * v - rate * gradient
