r"""
Chains of layers in truncated power series modulo a prime

The function `\phi` of a model is a chain `U_1 U_2 \cdots U_q` of matrices, with or
without gates and biases between them. For a cotangent of rank one, `a_0 \otimes g_1
\otimes \cdots \otimes a_q`, the pairing with `\phi` is

.. MATH::

    a_0^T U_1 (g_1 U_2 (\cdots g_{q-1} U_q a_q + c_{q-1} b_{q-1} \cdots) + c_1 b_1),

whose gradient, and the derivative of that along a direction, are found layer by
layer, so that no path and no polynomial is expanded. Distinct monomials in the
factors are independent, and so cotangents of rank one span all.

Series are arrays whose first axis is the order and whose second numbers a batch.
"""
import numpy as np

from sage_conslaw.arithmetic.arrays import matmul


def series_product(left, right, orders, prime):
    result = np.zeros((orders,) + np.broadcast(left[0], right[0]).shape, dtype=np.int64)
    for k, (one, other) in _partners(left, right, orders):
        result[k] = (left[one] * right[other][::-1] % prime).sum(axis=0) % prime
    return result


def series_matmul(left, right, orders, prime):
    shape = np.broadcast(left[0, ..., :1, :1], right[0, ..., :1, :1]).shape[:-2]
    result = np.zeros((orders,) + shape + (left.shape[-2], right.shape[-1]), dtype=np.int64)
    for k, (one, other) in _partners(left, right, orders):
        result[k] = matmul(np.concatenate(left[one], axis=-1),
                           np.concatenate(right[other][::-1], axis=-2), prime)
    return result


def _partners(left, right, orders):
    # for each order of a product the orders of the two factors that meet in it
    for k in range(min(orders, len(left) + len(right) - 1)):
        first, last = max(0, k - len(right) + 1), min(k, len(left) - 1)
        yield k, (slice(first, last + 1), slice(k - last, k - first + 1))


class Chain:
    r"""
    The pairing of `\phi` with cotangents of rank one: gradient and its derivative.

    INPUT:

    - ``model`` -- a model
    - ``prime`` -- the prime
    """

    def __init__(self, model, prime):
        self.prime = prime
        self.links, self.gated, self.biases = model.links, model.gated, model.bias_blocks
        self.depth = len(self.links)
        self.sizes = [int(np.prod(shape)) for _, shape in model.blocks]
        self.shapes = [shape for _, shape in model.blocks]
        self.starts = np.cumsum([0] + self.sizes)
        self.widths = model.chain_widths()
        self.parameters = model.number_of_parameters

    def random_control(self, source, count):
        # the factors of a batch of cotangents: a_0, a_q, then g_l, then c_l
        widths = [self.widths[0], self.widths[-1]]
        hidden = self.widths[1:-1]
        widths += hidden * self.gated + hidden * bool(self.biases)
        return [source.point(count * n, self.prime).reshape(count, n) for n in widths]

    def _split(self, control):
        hidden = self.depth - 1
        first, last, rest = control[0], control[1], control[2:]
        gates = rest[:hidden] if self.gated else [None] * hidden
        inputs = rest[-hidden:] if self.biases and hidden else [None] * hidden
        return first, last, gates, inputs

    def _blocks(self, flat):
        arrays = [flat[..., a:b].reshape(flat.shape[:-1] + shape)
                  for a, b, shape in zip(self.starts, self.starts[1:], self.shapes)]
        weights = [np.swapaxes(arrays[k], -1, -2) if transposed else arrays[k]
                   for k, transposed in self.links]
        return weights, [arrays[k] for k in self.biases]

    def enough_cotangents(self):
        # a sum of so many cotangents of rank one is of full rank on the outer layers;
        # fewer would do, and take more orders to fill the trace
        return min(self.widths[0], self.widths[-1], 64)

    def _times(self, a, b, orders):
        return series_product(a, b, orders, self.prime)

    def _product(self, a, b, orders):
        return series_matmul(a, b, orders, self.prime)

    def _through(self, weight, h, orders):
        # U h for a batch of vectors h, the last axis
        flat = self._product(h.reshape(len(h), -1, h.shape[-1]), np.swapaxes(weight, -1, -2),
                             orders)
        return flat.reshape((orders,) + h.shape[1:-1] + flat.shape[-1:])

    def _moved_through(self, moved, h, orders):
        # (dU) h for a batch of matrices and all vectors h: batch x vectors x rows
        flat = self._product(moved.reshape(len(moved), -1, moved.shape[-1]),
                             np.swapaxes(h, -1, -2), orders)
        return np.swapaxes(flat.reshape((orders,) + moved.shape[1:-1] + flat.shape[-1:]), -1, -2)

    def _states(self, theta, control):
        # h_l, the vectors that enter U_l, and delta_l, the cotangents that leave it
        orders = len(theta)
        weights, biases = self._blocks(theta)
        first, last, gates, inputs = self._split(control)
        h = [None] * self.depth + [last]
        for l in range(self.depth, 1, -1):
            z = self._through(weights[l - 1], h[l], orders)
            if gates[l - 2] is not None:
                z = self._times(gates[l - 2], z, orders)
            if inputs[l - 2] is not None:
                z = (z + self._times(inputs[l - 2], biases[l - 2][:, None], orders)) % self.prime
            h[l - 1] = z
        delta, ungated = [first], [None]
        for l in range(1, self.depth):
            d = self._through(np.swapaxes(weights[l - 1], -1, -2), delta[-1], orders)
            ungated.append(d)
            delta.append(d if gates[l - 1] is None else self._times(gates[l - 1], d, orders))
        by_bias = [self._times(inputs[l - 1], ungated[l], orders)
                   for l in range(1, self.depth) if inputs[l - 1] is not None]
        return h, delta, by_bias

    def gradients(self, theta, control):
        # the gradient for each cotangent of a batch
        orders = len(theta)
        h, delta, by_bias = self._states(theta, control)
        by_weight = [self._times(delta[l - 1][..., :, None], h[l][..., None, :], orders)
                     for l in range(1, self.depth + 1)]
        return self._gathered(by_weight, by_bias)

    def gradient_of_sum(self, theta, control):
        # the gradient for the sum of the cotangents, a batch of one, and the states
        orders = len(theta)
        h, delta, by_bias = self._states(theta, control)
        by_weight = [self._product(np.swapaxes(delta[l - 1], -1, -2), h[l], orders)[:, None]
                     for l in range(1, self.depth + 1)]
        by_bias = [part.sum(axis=1, keepdims=True) % self.prime for part in by_bias]
        return self._gathered(by_weight, by_bias), (h, delta)

    def derivative(self, theta, control, state, moved):
        # the derivative of gradient_of_sum along a batch of directions
        orders, p = len(moved), self.prime
        weights, _ = self._blocks(theta)
        moved_weights, moved_biases = self._blocks(moved)
        _, _, gates, inputs = self._split(control)
        gates = [None if g is None else g[:, None] for g in gates]
        inputs = [None if c is None else c[:, None] for c in inputs]
        h, delta = state
        dh = [None] * (self.depth + 1)
        for l in range(self.depth, 1, -1):
            z = self._moved_through(moved_weights[l - 1], h[l], orders)
            if dh[l] is not None:
                z = (z + self._through(weights[l - 1], dh[l], orders)) % p
            if gates[l - 2] is not None:
                z = self._times(gates[l - 2], z, orders)
            if inputs[l - 2] is not None:
                z = z + self._times(inputs[l - 2], moved_biases[l - 2][:, :, None], orders)
            dh[l - 1] = z % p
        ddelta, by_bias = [None], []
        for l in range(1, self.depth):
            d = self._moved_through(np.swapaxes(moved_weights[l - 1], -1, -2), delta[l - 1],
                                    orders)
            if ddelta[-1] is not None:
                d = d + self._through(np.swapaxes(weights[l - 1], -1, -2), ddelta[-1], orders)
            d %= p
            if inputs[l - 1] is not None:
                by_bias.append(self._times(inputs[l - 1], d, orders).sum(axis=2) % p)
            ddelta.append(d if gates[l - 1] is None else self._times(gates[l - 1], d, orders))
        by_weight = []
        for l in range(1, self.depth + 1):
            total = np.zeros_like(moved_weights[l - 1])
            if ddelta[l - 1] is not None:
                total += self._product(np.swapaxes(ddelta[l - 1], -1, -2), h[l], orders)
            if dh[l] is not None:
                total += self._product(np.swapaxes(delta[l - 1], -1, -2), dh[l], orders)
            by_weight.append(total % p)
        return self._gathered(by_weight, by_bias)

    def _gathered(self, by_weight, by_bias):
        orders, count = by_weight[0].shape[:2]
        flat = np.zeros((orders, count, self.parameters), dtype=np.int64)
        for (k, transposed), part in zip(self.links, by_weight):
            part = np.swapaxes(part, -1, -2) if transposed else part
            flat[..., self.starts[k]:self.starts[k + 1]] = part.reshape(orders, count, -1)
        for k, part in zip(self.biases, by_bias):
            flat[..., self.starts[k]:self.starts[k + 1]] = part
        return flat
