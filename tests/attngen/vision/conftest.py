"""Lets the tests of this folder share ``tiny_vits``; nothing here asks the network for a model."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ["HF_HUB_OFFLINE"] = "1"
