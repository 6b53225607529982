"""Messages between the engine and the processes that run user code.

A message is a msgspec Struct tagged with its class name, packed with msgpack behind a length of 4 bytes (`frames`).
The task process asks, the engine answers; each question carries `seq`, the answer repeats it. Values of users
(XComs, rendered fields, conf) are JSON bytes that nobody between the two ends reads.

Who is authoritative: the database, through the engine. The attempt id is the fence: a question or result of an
attempt that is not the current one is answered with `Refused(code=410)`, and the process ends itself.
What happens when a party dies is described in `ostro.worker` and `ostro.runtime`.
"""

VERSION = 1
