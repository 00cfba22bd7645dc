"""The worker: runs one job folder where the GPU is. docs/jobs.md is its contract."""

VERSION = "0.1.0"
