"""Starts, watches and stops the one process of a job, with the standard library alone.

Owns the lock's life, the detaching, the events that open and end an attempt.
Never imports torch: a status costs milliseconds.
"""
