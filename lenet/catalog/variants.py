"""The table of variants, which imports no framework. A variant's file is named after it.

To add a variant, write its file in `lenet/variants/` and one entry here, with a hue of
`lenet.charts.colors` that its family has and the first `mark` of that hue that is free.
"""

from __future__ import annotations

import os
from typing import Any

from lenet.catalog.entries import Variant

TF, KERAS_TF, TF_KERAS, JAX = ("tensorflow",), ("keras", "tensorflow"), ("tf_keras", "tensorflow"), ("jax", "jaxlib")
# On a GPU, TensorFlow and JAX would take most of the memory at once and leave none for the next
# run.
ON_TF = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}
ON_JAX = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
KERAS_ON_TF = {**ON_TF, "KERAS_BACKEND": "tensorflow"}
# Keras 2.0 looks for the user's configuration in the home folder only.
NO_KERAS_JSON = {"HOME": os.devnull}
ACCURACY, BAR, PIPELINE = "counts accuracy", "draws a progress bar", "feeds by a tf.data pipeline"
FIT2: dict[str, Any] = {"owns_loop": True, "shuffles": True, "work": (ACCURACY, BAR)}
FIT: dict[str, Any] = {**FIT2, "running_loss": True}
FIVE: dict[str, Any] = {"owns_loop": True, "batches_per_call": 5}

FETCHES_LOSS = "Fetches the loss of every batch; the issue's program ran the training operation alone."
CASTS_LABELS = "Casts its labels in every batch, as the issue's program did."
OWN_OPTIMIZER = "Uses TensorFlow's own momentum optimizer (tf.compat.v1); the tutorials use Keras's."
NO_TF32 = "On a GPU it computes in full float32; as shipped the framework would use TF32 there."
SHUFFLES = "Shuffles the images itself, as the issue's program did: same images, its own batches."
SHUFFLES_WINDOW = "Shuffles in a window of 10,000 images, as its tutorial does: same images, its own batches."
PROGRESS_BAR = "Its progress bar is drawn after a batch's end and counts towards the next batch."
BAR_BESIDE = "Its progress bar is drawn by a second thread, during the next batch."
AHEAD = "Its pipeline cuts batches during a pause too: the next ones are fed quicker."
OF_FIT = (NO_TF32, SHUFFLES, PROGRESS_BAR)
PAGEABLE = (
    "On a GPU each batch is copied from pageable memory; from pinned memory it could be copied while the GPU works."
)
OF_TORCH = (NO_TF32, PAGEABLE)
JAX_010 = "The stack jax has JAX 0.10, the last for Python 3.11; newer ones need Python 3.12."
SCATTER = (
    "On a CPU the gradient of its max-pooling (XLA's select-and-scatter) is a scatter, a known part of its step; for "
    "jax_jit the ladder jax_best measures it."
)
OF_JAX = (NO_TF32, JAX_010, SCATTER)
IN_A_LOOP = (
    "Its convolutions stand in a loop, which XLA on a CPU computes slowly (jax-ml/jax issue 12868): there it does not "
    "show what fewer calls save."
)
OLD_WHEEL = "TensorFlow 1.2.1's wheel is built without AVX: 2017 against today compares wheels and build flags too."
COMPILER = "Needs a C++ compiler on the machine."
COMPILES_ANEW = "Compiles anew in every run; a user's second start finds on disk what the first one compiled."
FIVE_A_CALL = "Trains five batches per call, each of which gets a fifth of its time; only the last one's loss is seen."
FIVE_TOGETHER = "Waits once for five batches, each of which gets a fifth of the time; only the last one's loss is seen."
NEW_MEMORY = "Writes new weights beside the old ones, as its guide does; jax_jit hands over the old ones' memory."
KERAS2_RACE = (
    "Keras 2.0 on TensorFlow 1 may update a weight while the backward pass still needs the old one: after 20 batches "
    "weights were off by up to 0.013 (batch 7), 0.05 (batch 1); with gradients gated they equal the reference."
)

VARIANTS: dict[str, Variant] = {
    v.name: v
    for v in (
        Variant(
            "numpy_reference",
            "NumPy reference",
            ("numpy",),
            written_as="control",
            color="brown",
            caveats=("Computes in float64.",),
        ),
        Variant(
            "tensorflow_graph",
            "TensorFlow graph",
            TF,
            written_as="bare",
            color="blue",
            environment=ON_TF,
            caveats=(NO_TF32, FETCHES_LOSS),
        ),
        Variant(
            "tensorflow_function",
            "TensorFlow bare function",
            TF,
            written_as="bare",
            color="blue",
            mark=1,
            environment=ON_TF,
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_eager",
            "TensorFlow eager",
            TF,
            written_as="bare",
            color="blue",
            mark=2,
            environment=ON_TF,
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_xla",
            "TensorFlow XLA",
            TF,
            written_as="expert",
            color="blue",
            mark=3,
            environment=ON_TF,
            about=("jit",),
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_retracing",
            "TensorFlow retracing",
            TF,
            written_as="control",
            color="blue",
            mark=4,
            environment=ON_TF,
            caveats=(
                NO_TF32,
                OWN_OPTIMIZER,
                "Traces its step anew in every batch, by intent: to see that it is found.",
            ),
        ),
        Variant(
            "tensorflow_dataset",
            "TensorFlow dataset",
            TF,
            written_as="bare",
            work=(PIPELINE,),
            color="blue",
            mark=5,
            environment=ON_TF,
            owns_loop=True,
            caveats=(NO_TF32, OWN_OPTIMIZER, AHEAD),
        ),
        Variant(
            "keras_fit",
            "Keras fit",
            KERAS_TF,
            written_as="tutorial",
            color="green",
            environment=KERAS_ON_TF,
            **FIT,
            caveats=OF_FIT,
        ),
        Variant(
            "keras_train_on_batch",
            "Keras train_on_batch",
            KERAS_TF,
            written_as="bare",
            work=(ACCURACY, "makes one-hot labels in every step"),
            color="green",
            mark=1,
            environment=KERAS_ON_TF,
            caveats=(
                NO_TF32,
                "Makes one-hot labels in every step; a user's own loop would make them once, before training.",
                "Keras reads loss and accuracy back on every batch, also where the experiment does not wait.",
            ),
        ),
        Variant(
            "keras_xla",
            "Keras XLA",
            KERAS_TF,
            written_as="expert",
            color="green",
            mark=2,
            environment=KERAS_ON_TF,
            **FIT,
            about=("jit",),
            caveats=OF_FIT,
        ),
        Variant(
            "keras_steps_per_execution",
            "Keras steps per execution",
            KERAS_TF,
            written_as="expert",
            work=(ACCURACY, BAR),
            color="green",
            mark=3,
            environment=KERAS_ON_TF,
            **FIVE,
            running_loss=True,
            caveats=(NO_TF32, FIVE_A_CALL, PROGRESS_BAR, "Does not shuffle: then its check has five batches a call."),
        ),
        Variant(
            "keras_lean",
            "Keras lean",
            KERAS_TF,
            written_as="expert",
            color="green",
            mark=4,
            environment=KERAS_ON_TF,
            owns_loop=True,
            running_loss=True,
            caveats=(NO_TF32, "Leaves out one-hot labels, softmax, accuracy, shuffling and the progress bar."),
        ),
        Variant(
            "tensorflow_keras_loop",
            "TensorFlow Keras loop",
            KERAS_TF,
            written_as="tutorial",
            work=(ACCURACY, PIPELINE),
            color="cyan",
            environment=KERAS_ON_TF,
            owns_loop=True,
            shuffles=True,
            caveats=(NO_TF32, SHUFFLES_WINDOW),
        ),
        Variant(
            "keras_train_step",
            "Keras train_step",
            KERAS_TF,
            written_as="tutorial",
            color="teal",
            environment=KERAS_ON_TF,
            **FIT,
            caveats=OF_FIT,
        ),
        Variant(
            "keras_tfdata",
            "Keras on tf.data",
            KERAS_TF,
            written_as="tutorial",
            color="teal",
            mark=1,
            environment=KERAS_ON_TF,
            **{**FIT, "work": (ACCURACY, BAR, PIPELINE)},
            caveats=(*OF_FIT, AHEAD),
        ),
        Variant(
            "keras_pydataset",
            "Keras PyDataset",
            KERAS_TF,
            written_as="tutorial",
            color="teal",
            mark=2,
            environment=KERAS_ON_TF,
            **{**FIT, "work": (ACCURACY, BAR, "asks Python for each batch")},
            caveats=(NO_TF32, "Shuffles whole batches: the same ones in every epoch, in another order.", PROGRESS_BAR),
        ),
        Variant(
            "tf_keras_fit",
            "Keras 2 legacy fit",
            TF_KERAS,
            written_as="tutorial",
            color="teal",
            mark=3,
            environment=ON_TF,
            **FIT,
            caveats=OF_FIT,
        ),
        Variant(
            "tf_keras_fit_new_sgd",
            "Keras 2 fit, new SGD",
            TF_KERAS,
            written_as="tutorial",
            color="teal",
            mark=4,
            environment=ON_TF,
            **FIT,
            caveats=OF_FIT,
        ),
        Variant(
            "pytorch_eager",
            "PyTorch bare loop",
            ("torch",),
            "torch",
            written_as="bare",
            color="vermilion",
            caveats=OF_TORCH,
        ),
        Variant(
            "pytorch_channels_last",
            "PyTorch channels last",
            ("torch",),
            "torch",
            written_as="expert",
            color="vermilion",
            mark=1,
            about=("layout",),
            caveats=OF_TORCH,
        ),
        Variant(
            "pytorch_compiled",
            "PyTorch compiled",
            ("torch",),
            "torch",
            written_as="expert",
            color="vermilion",
            mark=2,
            about=("jit",),
            caveats=(
                *OF_TORCH,
                COMPILER,
                COMPILES_ANEW,
            ),
        ),
        Variant(
            "pytorch_dataloader",
            "PyTorch DataLoader",
            ("torch",),
            "torch",
            written_as="tutorial",
            work=(ACCURACY, "feeds by a DataLoader"),
            color="vermilion",
            mark=3,
            owns_loop=True,
            shuffles=True,
            caveats=(*OF_TORCH, SHUFFLES, "Reads the count of right answers on every batch, as its tutorial does."),
        ),
        Variant(
            "pytorch_compiled_step",
            "PyTorch compiled step",
            ("torch",),
            "torch",
            written_as="expert",
            color="vermilion",
            mark=4,
            about=("jit",),
            caveats=(
                *OF_TORCH,
                COMPILER,
                COMPILES_ANEW,
                "Compiled in parts: PyTorch 2.13 does not trace zero_grad and backward(), so they part it.",
            ),
        ),
        Variant(
            "pytorch_fused_sgd",
            "PyTorch fused SGD",
            ("torch",),
            "torch",
            written_as="expert",
            color="vermilion",
            mark=5,
            caveats=OF_TORCH,
        ),
        Variant(
            "pytorch_fused_channels_last",
            "PyTorch fused SGD, channels last",
            ("torch",),
            "torch",
            written_as="expert",
            color="vermilion",
            mark=6,
            about=("layout",),
            caveats=OF_TORCH,
        ),
        Variant(
            "lightning_fit",
            "Lightning fit",
            ("lightning", "torch"),
            "torch",
            written_as="tutorial",
            work=(BAR, "feeds by a DataLoader"),
            color="vermilion",
            mark=7,
            owns_loop=True,
            shuffles=True,
            caveats=(*OF_TORCH, SHUFFLES, "Draws its progress bar in every batch, inside the batch's time."),
        ),
        Variant(
            "keras_torch",
            "Keras on PyTorch",
            ("keras", "torch"),
            "torch",
            written_as="tutorial",
            color="green",
            mark=5,
            environment={"KERAS_BACKEND": "torch"},
            **FIT,
            caveats=(*OF_TORCH, SHUFFLES, BAR_BESIDE),
        ),
        Variant(
            "keras_torch_compiled",
            "Keras on PyTorch compiled",
            ("keras", "torch"),
            "torch",
            written_as="expert",
            color="teal",
            mark=5,
            environment={"KERAS_BACKEND": "torch"},
            **FIT,
            about=("jit",),
            caveats=(
                *OF_TORCH,
                SHUFFLES,
                BAR_BESIDE,
                COMPILER,
                COMPILES_ANEW,
                "Compiled in parts: at backward(), and where Keras's SGD reads its rate, Python takes over.",
            ),
        ),
        Variant(
            "jax_jit",
            "JAX by hand",
            JAX,
            "jax",
            written_as="bare",
            color="violet",
            environment=ON_JAX,
            about=("jit",),
            caveats=OF_JAX,
        ),
        Variant(
            "jax_scan",
            "JAX scan",
            JAX,
            "jax",
            written_as="expert",
            color="violet",
            mark=1,
            environment=ON_JAX,
            **FIVE,
            about=("jit",),
            caveats=(*OF_JAX, FIVE_A_CALL, IN_A_LOOP),
        ),
        Variant(
            "flax_nnx",
            "Flax NNX",
            (*JAX, "flax", "optax"),
            "jax",
            written_as="tutorial",
            color="violet",
            mark=2,
            environment=ON_JAX,
            about=("jit",),
            caveats=(*OF_JAX, NEW_MEMORY),
        ),
        Variant(
            "jax_optax",
            "JAX with Optax",
            (*JAX, "optax"),
            "jax",
            written_as="tutorial",
            color="violet",
            mark=3,
            environment=ON_JAX,
            about=("jit",),
            caveats=(*OF_JAX, NEW_MEMORY),
        ),
        Variant(
            "flax_nnx_cached",
            "Flax NNX cached",
            (*JAX, "flax", "optax"),
            "jax",
            written_as="expert",
            color="violet",
            mark=4,
            environment=ON_JAX,
            about=("jit",),
            caveats=(*OF_JAX, NEW_MEMORY),
        ),
        Variant(
            "flax_nnx_functional",
            "Flax NNX functional",
            (*JAX, "flax", "optax"),
            "jax",
            written_as="expert",
            color="violet",
            mark=5,
            environment=ON_JAX,
            about=("jit",),
            caveats=(*OF_JAX, NEW_MEMORY),
        ),
        Variant(
            "equinox_jit",
            "Equinox",
            (*JAX, "equinox", "optax"),
            "jax",
            written_as="tutorial",
            color="violet",
            mark=6,
            environment=ON_JAX,
            about=("jit",),
            caveats=(*OF_JAX, NEW_MEMORY),
        ),
        Variant(
            "flax_linen",
            "Flax Linen",
            (*JAX, "flax", "optax"),
            "jax",
            written_as="tutorial",
            color="violet",
            mark=7,
            environment=ON_JAX,
            about=("jit",),
            caveats=(
                *OF_JAX,
                NEW_MEMORY,
                "Leaves out its guide's metrics, for which the network runs a second time on every batch.",
            ),
        ),
        Variant(
            "keras_jax",
            "Keras on JAX",
            (*JAX, "keras"),
            "jax",
            written_as="tutorial",
            color="green",
            mark=6,
            environment={**ON_JAX, "KERAS_BACKEND": "jax"},
            **FIT,
            caveats=(*OF_JAX, SHUFFLES, BAR_BESIDE),
        ),
        Variant(
            "tensorflow1_graph",
            "TensorFlow 1 graph",
            TF,
            "tf1",
            written_as="original",
            color="blue",
            mark=6,
            caveats=(FETCHES_LOSS, CASTS_LABELS, OLD_WHEEL),
        ),
        Variant(
            "tensorflow1_growing",
            "TensorFlow 1 growing",
            TF,
            "tf1",
            written_as="control",
            color="blue",
            mark=7,
            caveats=(
                FETCHES_LOSS,
                CASTS_LABELS,
                OLD_WHEEL,
                "Adds to its graph in every batch, by intent: to see that it is found.",
            ),
        ),
        Variant(
            "keras2_fit",
            "Keras 2 fit",
            KERAS_TF,
            "tf1",
            written_as="original",
            color="green",
            mark=7,
            environment={**NO_KERAS_JSON, "KERAS_BACKEND": "tensorflow"},
            **FIT2,
            tolerance=0.1,
            caveats=(SHUFFLES, PROGRESS_BAR, KERAS2_RACE, OLD_WHEEL),
        ),
        Variant(
            "cntk_trainer",
            "CNTK trainer",
            ("cntk",),
            "cntk",
            written_as="original",
            color="ochre",
            caveats=(
                "Has everybody's momentum (unit_gain=False); the program of 2017 had CNTK's, a tenth of the step.",
                "Makes one-hot labels in every step; the program of 2017 made them once, before training.",
                "Reads the loss of every batch; the program of 2017 read one per epoch.",
            ),
        ),
        Variant(
            "keras2_cntk",
            "Keras 2 on CNTK",
            ("cntk", "keras"),
            "cntk",
            written_as="original",
            color="ochre",
            mark=1,
            environment={**NO_KERAS_JSON, "KERAS_BACKEND": "cntk"},
            **FIT2,
            caveats=(SHUFFLES, PROGRESS_BAR),
        ),
    )
}
