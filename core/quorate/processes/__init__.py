"""Processes besides this one: started, told, awaited and ended here, whatever they are for.

Workers of environments, other interpreters, launchers, and checks in a process of their own are each a `child`; what
runs to its end by itself is a `program`. Nothing else in the core starts a process, but for what a launcher's server
forks.
"""
