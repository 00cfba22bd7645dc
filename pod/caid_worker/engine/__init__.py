"""The transformers engine: one resident base model, adapters by name, generation and scoring in batches.

Owns how a model is found, loaded, sampled and scored in this process.
Never reads a job folder.
"""
