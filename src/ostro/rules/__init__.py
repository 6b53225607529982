"""Every decision of the engine, as pure functions and one in-memory state machine per live run.

    board           one live run: takes facts in (`apply`, `insert`, `note_*`), gives decisions out (`settle`)
    plan            what is the same for all runs of a DAG version: who watches whom, effective leaves, weights
    readiness       may this instance start, must it be skipped or failed, or does it wait
    trigger_rules   the 13 rules as a table of small functions over counts of upstream states
    mapping         how long a mapped task is, and which instances of an upstream task count for which index
    setup_teardown  which setups must have succeeded for a task, what a teardown waits for
    skipping        what branches and short circuits decided
    past            depends_on_past and wait_for_downstream
    outcome         success, failure, deadlock, time-out and fail_fast of a run
    results         what the end of an attempt makes of its instance; `retries` says when it is tried again
    limits, weights slots and order of those that may start
    runs            initial instances of a run, which queued runs may start
    clear, mark     what a user's command touches
    explain         why an instance is where it is, for people

No clock, database, logging or randomness in here: `now` is an argument, and every decision carries its reason.
"""
