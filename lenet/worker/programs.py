"""Import the program of a job: one of the project's modules, or a file anywhere."""

import importlib
import importlib.util
import os
import sys

from lenet.worker import paths


def load(job):
    """The module of the job's program."""
    path = file_of(job)
    if not path:
        return importlib.import_module(job["module"])
    # Behind all others: what lies beside the program never stands in for a package.
    sys.path.append(os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(job["module"], path)
    module = importlib.util.module_from_spec(spec)
    # As an import does: what the program hands to processes of its own is looked up here.
    sys.modules[job["module"]] = module
    spec.loader.exec_module(module)
    return module


def file_of(job):
    """The program's file; '' for one of the project's modules."""
    return paths.of_text(job.get("file", ""))
