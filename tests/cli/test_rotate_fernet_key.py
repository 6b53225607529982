"""`ostro rotate-fernet-key`: afterwards the new key alone reads everything."""

from __future__ import annotations

import pytest

from ostro.errors import StoreError
from ostro.spec import DagSpec, TaskSpec
from ostro.spec.dag import WatcherSpec
from ostro.store import Cipher, ConnectionRecord, connections, sealed, variables, watchers
from store import made

from .conftest import Shell


def test_all_secrets_are_encrypted_anew(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """S4: the keys that encrypt can be changed."""
    old, new = Cipher.new_key(), Cipher.new_key()
    sealed.use(shell.store, lambda: Cipher([old]))
    watcher = WatcherSpec(name="w", classpath="m.W", kwargs={"token": "x"}, asset_name="a", asset_uri="a")
    with shell.store.begin() as tx:
        variables.set_value(tx, "k", "v", Cipher([old]), now=made.NOW)
        connections.save(tx, ConnectionRecord(conn_id="c", password="p"), Cipher([old]), now=made.NOW)
        made.save(tx, DagSpec(dag_id="d", watchers=(watcher,), tasks=(TaskSpec(task_id="t", operator="X"),)))
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", f"{new},{old}")
    said = shell.run("rotate-fernet-key")
    assert said.startswith(
        "Encrypted with the newest key: 1 secrets of Connections, 1 Variables, 0 triggers, 1 watchers"
    )
    sealed.use(shell.store, lambda: Cipher([new]))
    with shell.store.read() as tx:
        assert variables.get_value(tx, "k", Cipher([new])) == "v"
        found = connections.get(tx, "c", Cipher([new]))
        assert found is not None and found.password == "p"
        (row,) = watchers.of_dag(tx, "d")
        assert sealed.unseal(tx, row.kwargs) == {"token": "x"}
        with pytest.raises(StoreError):
            variables.get_value(tx, "k", Cipher([old]))
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", Cipher.new_key())
    assert "a key that is not there any more" in shell.fails("rotate-fernet-key")
