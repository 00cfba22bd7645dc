"""Training through TRL, in this process. Imported only by jobs that train: it is slow to import."""
