"""Embedding and reading. Nothing here reaches the network."""

import os

# onnxruntime reports its use to its makers, and Hugging Face's libraries look for newer files,
# unless they are told not to before they are imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
