"""tinygrad: the training loop of its MNIST example, one step captured by TinyJit and run again on each batch."""

from tinygrad import Context, Tensor, TinyJit, nn
from tinygrad.helpers import DEV, NUM_CPU_THREADS


class Network:
    """Logits (n, 10) for images (n, 1, 28, 28)."""

    def __init__(self):
        self.layers = [
            nn.Conv2d(1, 20, 5),
            Tensor.tanh,
            Tensor.max_pool2d,
            nn.Conv2d(20, 50, 5),
            Tensor.tanh,
            Tensor.max_pool2d,
            lambda images: images.flatten(1),
            nn.Linear(800, 500),
            Tensor.tanh,
            nn.Linear(500, 10),
        ]

    def __call__(self, images):
        return images.sequential(self.layers)


def to_tinygrad(array):
    """Kernels become (out, in, height, width) and dense weights (out, in); dense1 reads (50, 4, 4), not (4, 4, 50)."""
    if len(array) == 800:
        array = array.reshape(4, 4, 50, 500).transpose(2, 0, 1, 3).reshape(800, 500)
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T


def from_tinygrad(array):
    """The way back."""
    array = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
    return array.reshape(50, 4, 4, 500).transpose(1, 2, 0, 3).reshape(800, 500) if len(array) == 800 else array


class LeNet:
    """A compiled step; each batch is copied in, because the step that was captured is run with new inputs."""

    def __init__(self, weights, settings):
        if settings["device"] == "cpu":
            DEV.value = "CPU"
        NUM_CPU_THREADS.value = settings["threads"]
        self.names = list(weights)
        self.network = Network()
        self.parameters = nn.state.get_parameters(self.network)
        for parameter, array in zip(self.parameters, weights.values()):
            parameter.assign(Tensor(to_tinygrad(array).copy())).realize()
        self.optimizer = nn.optim.SGD(self.parameters, settings["learning_rate"], settings["momentum"])
        self.train = TinyJit(self._train)

    def _train(self, images, labels):
        with Context(TRAINING=1):
            self.optimizer.zero_grad()
            loss = self.network(images).sparse_categorical_crossentropy(labels).backward()
            return loss.realize(*self.optimizer.schedule_step())

    def step(self, images, labels):
        return self.train(Tensor(images.reshape(-1, 1, 28, 28)).realize(), Tensor(labels).realize())

    def wait(self, loss):
        return loss.item()

    def weights(self):
        return dict(zip(self.names, (from_tinygrad(parameter.numpy()) for parameter in self.parameters)))

    def facts(self):
        return {
            "device": "cpu" if self.parameters[0].device == "CPU" else "gpu",
            "threads": NUM_CPU_THREADS.value,
            "jit": True,
            "layout": "channels_first",
            "dtype": str(self.parameters[0].numpy().dtype),
        }
