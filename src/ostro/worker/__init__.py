"""The engine's side of all processes of this machine that run user code.

    Hub            the engine's Unix socket and every connection on it
    NurseryClient  starts the nursery or finds the living one, asks it for hosts and the parser
    Hosts          one per DAG file in use: asked to fork, watched, retired
    Attempts       the processes of attempts: warm, running, settled, dead; kill ladder and cause of death
    LocalProcesses the four together: what the local executor and the loader use

Who is authoritative: for what runs, the kernel (pid and birth, pidfd); for what may run, the database. Nothing here
remembers over a restart.

What happens when a party dies:
* an attempt: its connection ends, its pidfd becomes readable, its host reports the status; `Died` tells the cause.
  What it started itself is killed with its process group, so that a retry never runs beside its remains.
* a host: its attempts go on (own connection, own session); the nursery reaps them; warm ones are sent away.
* the nursery: hosts and attempts go on; a new one is started; exit statuses of orphans are lost (cause "lost").
* the engine: hosts, nursery and attempts with an order go on; the next engine listens at the same place, adopts the
  attempts by pid and birth, and they say Resume when they have something to say.
"""
