"""Any program as a job: its process, its words, its folder.

Owns what the kind `script` is made of.
Never knows what the program is for.
"""
