"""Keras fit, notebook: its progress bar is drawn into a notebook's output, as the issue's author had it.

`sys.stdout` is what a Jupyter kernel puts there. Each flush waits until a second thread has signed a message and handed
it to ZeroMQ, from where another process reads it, as the Jupyter server does. What server and browser do then is not
here, and neither is the kernel's watch over what C code prints.

Expected: some 0.5 ms for each time that the bar is drawn, at most every 50 ms: up to 1 % of a batch's time.
Source: ipykernel/iostream.py (`OutStream.flush`), ipykernel/kernelapp.py (`init_iopub`, `init_io`).
"""

import contextlib
import subprocess
import sys

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session

from lenet.variants.keras_fit import LeNet as Parent

READER = """
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1])
socket.subscribe(b"")
while True:
    socket.recv_multipart()
"""


class LeNet(Parent):
    """`fit` in a cell of a notebook whose output a second process reads."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        context = zmq.Context()
        socket = context.socket(zmq.XPUB)
        address = "tcp://127.0.0.1:{}".format(socket.bind_to_random_port("tcp://127.0.0.1"))
        reader = subprocess.Popen([sys.executable, "-c", READER, address])
        # Says that the reader is there: without one, ZeroMQ would throw the messages away.
        socket.recv()
        session = Session()
        thread = IOPubThread(socket, session=session)
        thread.start()
        output = OutStream(session, thread, "stdout", watchfd=False)
        try:
            with contextlib.redirect_stdout(output):
                super().fit(images, labels, epochs, tick, epoch_end)
        finally:
            output.close()
            thread.stop()
            context.destroy(linger=0)
            reader.terminate()
            reader.wait()
