"""The ways to train LeNet that are compared, one file each, and the contract that they keep.

A file in this folder has a class `LeNet` and runs in its stack, down to Python 3.6. Five verbs:

__init__(self, weights, settings)
    Build the network, load exactly these weights, and compile what can be compiled without data.
    weights: {name: float32 array}, the names, shapes and order of `SHAPES` in lenet/problem.py:
    convolution kernels are (height, width, in, out), dense weights (in, out), and what flattens
    the second pooling is read by (row, column, channel). settings: {name: value} as
    lenet/settings.py lists them. A variant must obey batch_size, learning_rate, momentum (v = m*v -
    lr*g; w = w + v), threads and device ("cpu" or "gpu").
step(self, images, labels)
    One update by SGD with momentum on one batch, on the mean of its cross-entropies; return the
    loss unread, as the framework has it. images: float32 (batch_size, 28, 28, 1), pixels divided by
    256; labels: int64 (batch_size,), 0 to 9. Both are views that later epochs see again: never
    write into them. There is no partial batch.
wait(self, loss)
    Block until the update that `loss` came from is really done; return the loss as a float. The
    clock calls it, and its time counts.
weights(self)
    The current weights as NumPy arrays, named and shaped as those of `__init__`. It is called at
    the end of each epoch, outside the clock; accuracy and exam are worked out from it. Other names,
    shapes or numbers than NumPy's floating ones end the run as failed.
facts(self)
    What is really in force, read from the framework where it tells, as plain values: at least
    device, threads, jit, layout and dtype. It is called before the first batch and after the last.
    A device other than the one asked for ends the run as failed, and so does a GPU that is not
    told. Nothing else about facts does: when this raises, the run goes on and its facts say why
    ("untold"). NumPy's numbers become plain ones, other objects their text. The names python,
    numpy, packages and device_peak_bytes are LeNet Bench's own.

A framework that owns its training loop has, instead of `step`:

fit(self, images, labels, epochs, tick, epoch_end)
    Train `epochs` times over all images, float32 (n, 28, 28, 1), and labels, int64 (n,), n a
    multiple of batch_size. Call `tick(loss)` right after each batch, with its loss unread, and
    `epoch_end()` after the last batch of each epoch. A framework that trains several batches per
    call says how many: `tick(loss, batches)`. Both calls may take long: other runs have their turn
    meanwhile. A run that ticked fewer or more batches than it should have, or called `epoch_end`
    anywhere else, ends as failed.

Its entry in lenet/catalog/variants.py says which of the two it has (`owns_loop`), and what else is
particular: it shuffles by itself, it reports a running mean of the loss, it trains several batches
per call (a number that divides 5; then it may not shuffle).

A variant may not

* have public methods besides its verbs, or other arguments;
* import a package that its entry does not name, besides NumPy and the standard library, or any
  module of LeNet Bench but other variants;
* print; be called like a package; be longer than 60 lines of code (docstrings, comments and blank
  lines not counted);
* time, evaluate or skip anything, draw random numbers that change the weights, or learn from images
  it was not handed. One that shuffles trains on the same images in an order of its own.

A rung (lenet/variants/rungs/) subclasses its parent's `LeNet` and overrides the one thing that it
changes. Its docstring says what is expected of the change, and from which source.

`tests/variants/test_contract.py` checks what a source shows, the exam what weights show:
`python -m lenet check NAME`.
"""
