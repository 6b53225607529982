"""The engine's side of processes that run triggers.

    Triggerer   what the scheduler uses: start this trigger, stop that one, what became of them
    Cell        one process with its triggers: opened on need, restarted when it dies, closed when it is idle

Who is authoritative: the database, which has a row for each trigger that a task waits for. A process keeps nothing: what
it was told is told again to the next one, so a trigger may run from its beginning more than once before its task goes on.

What happens when a party dies
* a process: the next one gets its triggers. One that dies again and again has a trigger that kills it: its triggers are
  halved into two processes until the culprit is alone; that one is failed, the others never notice more than a restart.
* the engine: the processes see their connection close and end; the next engine reads the rows.
What happens when a trigger keeps the event loop to itself: after `Limits.blocked` seconds it gets a process of its own.
What happens when a DAG file changes: later triggers of it get a new process with the new code, the old one ends with its
last trigger.
"""

from ostro.triggerer.cell import Cell, Limits
from ostro.triggerer.triggerer import Triggerer

__all__ = ["Cell", "Limits", "Triggerer"]
