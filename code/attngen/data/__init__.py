"""Where the data of the experiments comes from: one registry, one way to find a file."""

from attngen.data.entries import DataError, Dataset, RemoteFile
from attngen.data.registry import DATASETS, find, get, locate, read

__all__ = ["DATASETS", "DataError", "Dataset", "RemoteFile", "find", "get", "locate", "read"]
