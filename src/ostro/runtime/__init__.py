"""The inside of every process that runs user code: parse children, hosts, attempts, callbacks.

`run_task` carries one attempt from its order to a durable result; `channel` is its only way out. Authoritative is the
database, through the engine: a process knows its order and asks for the rest.

What happens when a party dies:
  engine     the attempt goes on; at its next question, or with its result, it connects to the next engine, says Resume and
             repeats what it had to say. Without an engine for half an hour it ends with exit code 75, and runs again later.
  host       the attempt goes on and reads its own raw output (`raw_output`).
  attempt    its parent tells how it died; the engine decides about another try. Its callbacks are rows of the outbox and
             run in another process (`run_callback`).
A process that is told that its attempt is no longer the current one (410) ends without a result.
"""
