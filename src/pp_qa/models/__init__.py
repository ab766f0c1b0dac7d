"""Embedding, reading and token counting. Nothing here reaches the network."""
