"""The dead-man switch: stops this machine by itself when the workstation has fallen silent, after saving what runs.

Owns `WORKDIR/guard/`. Standard library only, in a process of its own that outlives every connection.
Never terminates a machine, and never gives up asking for the stop: what runs on costs money.
"""
