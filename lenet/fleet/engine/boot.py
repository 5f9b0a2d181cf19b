"""Ray's command line: `python -m lenet.fleet.engine.boot start ...`.

It is as where gRPC for Python is not installed: then it opens no port for Ray's clients on other
machines, which no option turns off.
"""

from __future__ import annotations

import sys

sys.modules["grpc"] = None  # type: ignore[assignment]

from ray.scripts.scripts import main  # noqa: E402

from lenet.fleet.engine import loopback  # noqa: E402

if __name__ == "__main__":
    loopback.keep()
    main()
