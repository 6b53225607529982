"""Thirty planted secrets, read, printed, rendered and raised by tasks: afterwards they are nowhere. The key changes meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx

from ostro.store import Cipher, Store, connections, variables
from support.deadline import wait_for
from support.standalone import Standalone

PEM = "-----BEGIN PRIVATE KEY-----\nMIIcanaryONEqwertzuiop{n}\nMIIcanaryTWOasdfghjkly{n}\n-----END PRIVATE KEY-----"
#: Texts that are hard to find again: short, of other alphabets, full of signs, encoded, of several lines.
SHAPES = (
    "plain-canary-{n}", "with space canary {n}", "q{n}Z!x", "ключ-canary-пароль-{n}", "日本語-canary-{n}", "a.*+?(b)[c]{n}",
    'quo"te\'s-canary-{n}', "back\\slash-canary-{n}", "Y2FuYXJ5LWJhc2U2NC17bn0{n}==", "sl/ash%40canary%2F{n}",
    "per%cent&and=canary#{n}", PEM,
)  # fmt: skip

DAG = """
import json, logging, sys
from urllib.parse import quote, quote_plus
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Connection, Variable, task

NAMES = {names!r}

def secrets():
    for kind, name in NAMES:
        if kind == "variable":
            yield Variable.get(name)
        else:
            found = Connection.get(name)
            print(found.get_uri(), found.extra, found.to_dict())
            yield found.extra_dejson["nested"]["api_key"] if kind == "extra" else found.password

def tell(context):
    for text in secrets():
        print("callback", text)

with DAG("reads", schedule=None):
    @task
    def prints():
        for text in secrets():
            for form in (text, quote(text, safe=""), quote_plus(text), json.dumps(text), json.dumps([text], ensure_ascii=False)):
                print("said", form)
            sys.stderr.write("err " + text + "\\n")
            logging.getLogger("mine").error("logged %s", text)

    @task(retries=0, trigger_rule="all_done", on_failure_callback=tell)
    def fails():
        found = list(secrets())
        raise ValueError("cannot sign in with " + " and ".join(found))

    shown = BashOperator(
        task_id="shown",
        trigger_rule="all_done",
        # Its last line would be an XCom, which is a value that a task hands over and not encrypted.
        do_xcom_push=False,
        env={{"A": "{{{{ conn.c0.password }}}}", "B": "{{{{ var.value.my_token_0 }}}}"}},
        bash_command='printf "%s\\n" "$A" "$B" "{{{{ conn.c0.password }}}}"',
    )

    @task(trigger_rule="all_done")
    def reads_on():
        import pathlib, time
        while not pathlib.Path({done!r}).exists():
            list(secrets())
            time.sleep(0.02)

    prints() >> fails() >> shown >> reads_on()
"""


def planted() -> dict[tuple[str, str], str]:
    """Kind and name of each secret."""
    found = {}
    for n in range(30):
        text = SHAPES[n % len(SHAPES)].replace("{n}", f"{n:02}")
        kind, name = [("password", f"c{n}"), ("extra", f"c{n}"), ("variable", f"my_token_{n}")][n % 3]
        found[kind, name] = text
    # Those that the template names.
    found["variable", "my_token_0"] = "canary-of-the-template"
    return found


def forms(text: str) -> set[str]:
    """What of a secret must be nowhere: it, its lines and its encoded forms."""
    parts = [line for line in text.splitlines() if not line.startswith("-----")]
    return {
        form
        for part in [text, *parts]
        for form in (part, quote(part, safe=""), quote_plus(part), json.dumps(part)[1:-1])
    }


def plant(client: httpx.Client, secrets: dict[tuple[str, str], str]) -> None:
    for (kind, name), text in secrets.items():
        if kind == "variable":
            sent = client.post("/api/v2/variables", json={"key": name, "value": text})
        else:
            body = {"connection_id": name, "conn_type": "http", "host": "h", "login": "me"}
            more = (
                {"password": text}
                if kind == "password"
                else {"extra": json.dumps({"nested": {"api_key": text}})}
            )
            sent = client.post("/api/v2/connections", json=body | more)
        assert sent.status_code == 201, sent.text


def answers(client: httpx.Client) -> dict[str, bytes]:
    """Everything that the API says of it."""
    run = "/api/v2/dags/reads/dagRuns/r"
    paths = [
        "/api/v2/connections?limit=100", "/api/v2/variables?limit=100", "/api/v2/eventLogs?limit=100",
        "/api/v2/dagSources/reads", run, f"{run}/taskInstances", "/api/v2/dags/reads/details", "/api/v2/importErrors",
    ]  # fmt: skip
    for task in ("prints", "fails", "shown", "reads_on"):
        paths += [f"{run}/taskInstances/{task}/logs/1", f"{run}/taskInstances/{task}"]
    found = {path: client.get(path) for path in paths}
    assert all(answer.status_code == 200 for answer in found.values()), found
    # JSON escapes other alphabets; here they are looked for as they are.
    return {path: answer.content + str(answer.json()).encode() for path, answer in found.items()}


def test_secrets_are_nowhere_and_their_key_changes_while_they_are_read(tmp_path: Path) -> None:
    """S4, S5, S15: thirty canaries are in no file, log or row; the key changes under load."""
    secrets = planted()
    dags, done, home = tmp_path / "dags", tmp_path / "done", tmp_path / "home"
    dags.mkdir()
    (dags / "reads.py").write_text(DAG.format(names=list(secrets), done=str(done)))
    old, new = Cipher.new_key(), Cipher.new_key()
    (home / "keys").mkdir(parents=True, mode=0o700)
    key_file = home / "keys" / "fernet.key"
    key_file.write_text(old)
    with Standalone(home, dags) as server:
        client = server.client
        assert client is not None
        plant(client, secrets)
        server.stop()
        # The new key first: what is written from now on is of the new key, the rest still of the old one.
        key_file.write_text(f"{new}\n{old}\n")
        server.start()
        client = server.client
        wait_for(lambda: client.get("/api/v2/dags/reads").status_code == 200, what=server.tail)
        body = {"dag_run_id": "r", "logical_date": None}
        client.post("/api/v2/dags/reads/dagRuns", json=body).raise_for_status()
        run = "/api/v2/dags/reads/dagRuns/r"

        def state(task: str) -> str | None:
            found: str | None = client.get(f"{run}/taskInstances/{task}").json().get("state")
            return found

        wait_for(lambda: state("reads_on") == "running", seconds=60, what=server.tail)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OSTRO_", "AIRFLOW_"))}
        command = [sys.executable, "-m", "ostro.cli.main", "rotate-fernet-key"]
        rotated = subprocess.run(
            command, env={**env, "OSTRO_HOME": str(home)}, capture_output=True, text=True, check=False
        )
        assert rotated.returncode == 0 and "Encrypted with the newest key" in rotated.stdout, rotated.stderr
        done.touch()
        wait_for(
            lambda: client.get(run).json()["state"] in ("success", "failed"), seconds=60, what=server.tail
        )
        states = {task: state(task) for task in ("prints", "fails", "shown", "reads_on")}
        assert states == {"prints": "success", "fails": "failed", "shown": "success", "reads_on": "success"}
        logs = {str(path): path.read_bytes() for path in (home / "logs").rglob("*") if path.is_file()}
        wait_for(
            lambda: any(b"callback" in path.read_bytes() for path in (home / "logs").rglob("*.log")),
            what="the callback's words",
        )
        logs = {str(path): path.read_bytes() for path in (home / "logs").rglob("*") if path.is_file()}
        assert sum(text.count(b"said ***") for text in logs.values()) >= len(secrets)
        places = logs | answers(client)
        for ending in ("", "-wal"):
            places[f"ostro.db{ending}"] = (home / f"ostro.db{ending}").read_bytes()
        server.stop()
        places["output"] = server.output.read_bytes()
    legible = [
        (name, place)
        for (_, name), text in secrets.items()
        for form in forms(text)
        for place, content in places.items()
        if form.encode() in content
    ]
    assert not legible
    store = Store.open(f"sqlite:///{home}/ostro.db", readonly=True)
    with store.read() as tx:
        assert len(connections.list_all(tx, Cipher([new]))) + len(
            variables.list_all(tx, Cipher([new]))
        ) == len(secrets)
    store.dispose()
