"""The loop of tensorflow_function as anybody would time it: no tape, no events. Each line of stdin: N batches."""

import sys
import time

import numpy as np

from lenet.variants.tensorflow_function import LeNet
from lenet.worker.loop import prepare


def main(problem_file: str, batch_size: int, threads: int) -> None:
    """Answer each line with the seconds its batches took."""
    settings = {"batch_size": batch_size, "learning_rate": 0.01, "momentum": 0.9, "threads": threads}
    with np.load(problem_file) as problem:
        images, labels = prepare(problem["images"]), problem["labels"]
        weights = {name[8:]: problem[name] for name in problem.files if name.startswith("weights/")}
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
