"""Models of the Hugging Face hub on this machine's volume: fetched once at a pinned commit, every file proven by its hash.

Owns what lies below `CAID_MODELS`; without that variable nothing is ever fetched.
Never runs code from a model, and asks nobody once a model is there.
"""
