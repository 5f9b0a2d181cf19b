"""All tests. One thread for each process's products of matrices: several tests run at once, on few cores, and
OpenBLAS's threads wait for one another by spinning. A worker of a race has the threads that its race asks for."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
