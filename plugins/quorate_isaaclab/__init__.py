"""Isaac Lab's tasks for several agents, in the interpreter that Isaac Lab needs."""
