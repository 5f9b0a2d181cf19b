"""Time the loop of tensorflow_function as anybody would, without tape and events.

Each line of stdin is a number of batches to train.
"""

import sys
import time

from lenet.variants.tensorflow_function import LeNet
from lenet.worker.clock import read


def main(problem_file: str, batch_size: int, threads: int) -> None:
    """Answer each line of stdin with the seconds that its batches took."""
    settings = {"batch_size": batch_size, "learning_rate": 0.01, "momentum": 0.9, "threads": threads}
    images, labels, weights = read(problem_file)
    model = LeNet(weights, settings)
    first = 0
    for line in sys.stdin:
        begin = time.perf_counter()
        for _ in range(int(line)):
            last = first + batch_size
            model.wait(model.step(images[first:last], labels[first:last]))
            first = last
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
