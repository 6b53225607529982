"""Words of Airflow that have no meaning here, and what to do instead. Pure data, read before anything else is loaded."""

from __future__ import annotations

from collections.abc import Sequence

_PARTS = "engine, triggers and DAG files are one process; run: ostro standalone, or ostro scheduler"
_TEAMS = "one installation serves one team; what each person may do is said by: ostro roles"
_MANAGER = "Ostro has one database, and providers bring none; run: ostro db migrate"

#: Commands that Ostro does not have.
COMMANDS: dict[str, str] = {
    "webserver": "run: ostro api-server",
    "celery": "workers are part of the engine; run: ostro standalone, or ostro scheduler",
    "kubernetes": "tasks run on the machine of the engine; run: ostro standalone, or ostro scheduler",
    "edge": "tasks run on the machine of the engine; run: ostro standalone, or ostro scheduler",
    "aws-auth-manager": "people and their rights are kept by Ostro itself; run: ostro users, ostro roles",
    "triggerer": _PARTS,
    "dag-processor": _PARTS,
    "kerberos": "keep the ticket fresh with the tool of your system, for example k5start; tasks use its cache",
    "teams": _TEAMS,
    "db-manager": _MANAGER,
    "tasks run": "run: ostro tasks test, or ostro dags trigger",
    "db init": "run: ostro db migrate",
    "db upgrade": "run: ostro db migrate",
    "db downgrade": "tables only go forward: an older release cannot read what new columns hold; to go back, put back the copy of the "
    "database from before the upgrade",
}

_SERVICE = "let systemd, Docker or nohup keep it running: it stays in the foreground and writes to its output"
_LOGS = "its words go to its output; redirect that"
_IMAGES = "save the graph as .dot, which Graphviz draws in a terminal, too: dot -Tpng x.dot"
_DAEMON = {
    "--daemon": _SERVICE, "-D": _SERVICE, "--pid": _SERVICE, "--stdout": _LOGS, "--stderr": _LOGS, "-l": _LOGS,
    "--log-file": _LOGS,
}  # fmt: skip
_REVISIONS = dict.fromkeys(
    ("--to-revision", "--to-version", "--from-revision", "--from-version", "--show-sql-only"),
    "all tables go to this release at once; install the release that you want and run it then",
)

#: Commands whose work is always done already: scripts that give them go on.
DONE: dict[str, str] = {
    "sync-perm": "what DAG files give to roles is read with the file; there is nothing to do",
    "providers lazy-loaded": "what providers say of themselves is only read when it is asked for; there is nothing to do",
}

#: Options of commands that Ostro has.
OPTIONS: dict[str, dict[str, str]] = {
    "scheduler": {
        **_DAEMON,
        "--num-runs": "the engine runs until it is stopped",
        "--only-idle": "the engine runs until it is stopped",
    },
    "api-server": {
        **_DAEMON,
        "--workers": "one process serves thousands of requests a second; put several behind a balancer for more",
        "-w": "one process serves thousands of requests a second; put several behind a balancer for more",
        "--worker-timeout": "requests have limits of their own",
        "--log-config": _LOGS,
        "--apps": "page and API are one; nothing can be left out",
        "--ssl-ca-file": "ask for client certificates in a proxy before it",
        "--ssl-cert-reqs": "ask for client certificates in a proxy before it",
        "--proxy-headers": "name the proxies that are believed in [auth] trusted_proxies",
    },
    "dags show": {"--imgcat": _IMAGES},
    "dags show-dependencies": {"--imgcat": _IMAGES},
    "dags test": {
        "--imgcat-dagrun": _IMAGES,
        "--use-executor": "tasks run in processes of their own, as the engine runs them",
    },
    "tasks test": {
        "--post-mortem": "run the task in the file with dag.test() under a debugger",
        "-m": "run the task in the file with dag.test() under a debugger",
    },
    "pools set": {"--team-name": _TEAMS},
    "db migrate": _REVISIONS,
    "info": {"--file-io": "redirect its output to a file"},
}


def done(args: Sequence[str]) -> str | None:
    """What to say to a command whose work is always done already; None for all others."""
    return DONE.get(" ".join(args[:2])) or DONE.get(" ".join(args[:1]))


def sentence(args: Sequence[str]) -> str | None:
    """What to say to a command or an option of Airflow that is not here; None when all is well."""
    for words in (" ".join(args[:2]), " ".join(args[:1])):
        if words in COMMANDS:
            return f"there is no command {words!r}; {COMMANDS[words]}"
        for arg in args[1:]:
            if arg == "--":
                break
            name = arg.partition("=")[0]
            if name in OPTIONS.get(words, {}):
                return f"{words!r} has no option {name}; {OPTIONS[words][name]}"
    return None
