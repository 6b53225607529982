"""Puts the parts together: the only package that names concrete classes.

`standalone` is a supervisor and two children: the engine (`assembly.engine`) and the web server (`assembly.web`).
The engine starts the nursery, which is not its child's fate: it outlives the engine. `store` opens what commands of
the command line need, `foreground` runs a DAG or a task in the terminal.
"""
