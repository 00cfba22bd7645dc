"""The chaos run: a training job and a generation job on rented pods, and everything that may happen to them meanwhile.

Owns the run, its disturbances, what is checked at its end, and the table in docs/chaos.md. Standard library only.
Never touches a machine of anybody: the pods are a simulator's, on this one.
"""
