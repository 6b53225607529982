"""The engine: it decides what happens next and is the one that writes it.

One thread, one loop (`loop`). A turn of the loop gathers what happened (results and questions of processes, commands
of users, parsed files, moments that have come), decides with `ostro.rules`, writes everything in one transaction
(`round`), and only then sends: answers to processes, orders to warm processes. While the commit runs, events collect
in socket buffers, so the next turn is larger: group commit without a timer.

Who is authoritative: the database. The boards in memory (`live`) are a copy that is thrown away and built again when a
guarded write finds another state than expected, when a command of a user touched a run, and after any database error.

What happens when a party dies
* the engine: processes go on and wait with their results; the next engine reads the live runs, adopts the
  processes that still exist (`rescue`) and fails or reruns the rest.
* a task process: pidfd tells at once; the attempt is failed with its cause of death and retried as the rules say.
* the database: nothing is lost, because nothing was sent. Results stay unanswered and are handled again.
"""
