"""`ostro connections`, `variables` and `pools`: keep, show, bring in, take out."""

from __future__ import annotations

import json
import stat

import pytest
import yaml

from .conftest import Shell


class TestVariables:
    def test_life_of_one(self, shell: Shell) -> None:
        assert shell.run("variables", "set", "k", "v", "--description", "d") == "Variable k created\n"
        assert shell.run("variables", "get", "k") == "v\n"
        assert shell.json("variables", "list") == [{"key": "k"}]
        assert shell.json("variables", "list", "--show-values") == [
            {"key": "k", "value": "v", "description": "d"}
        ]
        assert shell.run("variables", "delete", "k") == "Variable k deleted\n"
        shell.fails("variables", "get", "k")
        shell.fails("variables", "delete", "k")
        assert shell.run("variables", "get", "k", "--default", "x") == "x\n"

    def test_json(self, shell: Shell) -> None:
        shell.run("variables", "set", "k", '{"a": 1}', "--json")
        assert json.loads(shell.run("variables", "get", "k", "--json")) == {"a": 1}
        shell.fails("variables", "set", "k", "{", "--json")

    def test_secrets_can_be_masked(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        shell.run("variables", "set", "my_password", "canary")
        assert "canary" not in shell.run("variables", "list", "--show-values", "--hide-sensitive")
        monkeypatch.setenv("OSTRO__CORE__SENSITIVE_VAR_CONN_NAMES", "iban")
        shell.run("variables", "set", "bank", '{"iban": "canary", "password": "canary"}')
        assert "canary" not in shell.run("variables", "list", "--show-values", "--hide-sensitive")

    def test_out_and_in(self, shell: Shell) -> None:
        shell.run("variables", "set", "text", "plain")
        shell.run("variables", "set", "doc", '{"a": 1}', "--description", "d")
        file = shell.home / "v.json"
        shell.run("variables", "export", str(file))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(file.read_text()) == {
            "text": "plain",
            "doc": {"value": {"a": 1}, "description": "d"},
        }
        shell.run("variables", "delete", "text")
        shell.run("variables", "set", "doc", "other")
        said = shell.run("variables", "import", str(file), "-a", "skip")
        assert said == "1 of 2 variables imported (1 new, 1 left as it was).\n"
        assert shell.run("variables", "get", "doc") == "other\n"
        shell.fails("variables", "import", str(file), "-a", "fail")
        said = shell.run("variables", "import", str(file))
        assert said == "2 of 2 variables imported (2 replaced).\n"
        assert shell.run("variables", "get", "doc") == '{"a": 1}\n'
        assert shell.run("variables", "get", "text") == "plain\n"

    def test_files_that_cannot_be_read(self, shell: Shell) -> None:
        shell.fails("variables", "import", str(shell.home / "none.json"))
        (shell.home / "odd.json").write_text("[1]")
        shell.fails("variables", "import", str(shell.home / "odd.json"))
        (shell.home / "odd.json").write_text("{")
        shell.fails("variables", "import", str(shell.home / "odd.json"))


class TestPools:
    def test_life_of_one(self, shell: Shell) -> None:
        assert [p["pool"] for p in shell.json("pools", "list")] == ["default_pool"]
        (made,) = shell.json("pools", "set", "p", "3", "what", "--include-deferred")
        assert made == {"pool": "p", "slots": 3, "description": "what", "include_deferred": True}
        assert shell.json("pools", "get", "p") == [made]
        shell.run("pools", "delete", "p")
        shell.fails("pools", "get", "p")
        shell.fails("pools", "delete", "p")
        shell.fails("pools", "delete", "default_pool")
        shell.fails("pools", "set", "p", "--", "-5", "x")

    def test_out_and_in(self, shell: Shell) -> None:
        file = shell.home / "p.json"
        file.write_text('{"a": {"slots": 2, "description": "x"}, "b": {"slots": -1}}')
        assert shell.run("pools", "import", str(file)) == "Uploaded 2 pool(s)\n"
        out = shell.home / "out.json"
        shell.run("pools", "export", str(out))
        found = json.loads(out.read_text())
        assert found["a"] == {"slots": 2, "description": "x", "include_deferred": False}
        assert found["b"]["slots"] == -1
        file.write_text('{"a": {"description": "x"}}')
        shell.fails("pools", "import", str(file))


URI = "postgres://me:canary@host:5432/db?sslmode=require"


class TestConnections:
    def test_what_is_not_there_is_empty_in_a_table(self, shell: Shell) -> None:
        shell.run("connections", "add", "pg", "--conn-type", "postgres")
        assert "pg" in shell.run("connections", "list")
        for output in ("table", "plain"):
            assert "None" not in shell.run("connections", "list", "--output", output)
            assert "None" not in shell.run("connections", "get", "pg", "--output", output)
        assert shell.json("connections", "get", "pg")[0]["login"] is None

    def test_add_by_uri(self, shell: Shell) -> None:
        shell.run("connections", "add", "pg", "--conn-uri", URI)
        (found,) = shell.json("connections", "get", "pg")
        assert found == {
            "conn_id": "pg", "conn_type": "postgres", "description": None, "host": "host", "schema": "db", "login": "me",
            "port": 5432,
        }  # fmt: skip
        assert "canary" not in shell.run("connections", "list", "-o", "json")
        (shown,) = shell.json("connections", "list", "--show-values")
        assert (shown["password"], shown["get_uri"]) == ("canary", URI)
        masked = shell.run("connections", "list", "--show-values", "--hide-sensitive")
        assert "canary" not in masked

    def test_add_by_parts_and_json(self, shell: Shell) -> None:
        shell.run(
            "connections", "add", "a", "--conn-type", "http", "--conn-host", "h", "--conn-extra", '{"x": 1}'
        )
        shell.run(
            "connections", "add", "b", "--conn-json", '{"conn_type": "http", "host": "h", "extra": {"x": 1}}'
        )
        rows = shell.json("connections", "list", "--show-values")
        assert rows[0]["extra"] == rows[1]["extra"] == '{"x": 1}'

    @pytest.mark.parametrize(
        "args",
        [
            ("x",),
            ("x", "--conn-uri", URI, "--conn-type", "http"),
            ("x", "--conn-uri", URI, "--conn-host", "h"),
            ("x", "--conn-json", "{"),
            ("x", "--conn-json", '{"host": "h"}'),
            ("x", "--conn-json", '{"conn_type": "http", "colour": 1}'),
            ("x", "--conn-type", "http", "--conn-extra", "{"),
            ("a b", "--conn-type", "http"),
        ],
    )
    def test_refusals(self, shell: Shell, args: tuple[str, ...]) -> None:
        shell.fails("connections", "add", *args)

    def test_twice_and_delete(self, shell: Shell) -> None:
        shell.run("connections", "add", "pg", "--conn-uri", URI)
        shell.fails("connections", "add", "pg", "--conn-uri", URI)
        shell.run("connections", "delete", "pg")
        shell.fails("connections", "delete", "pg")
        shell.fails("connections", "get", "pg")

    @pytest.mark.parametrize("suffix", ["json", "yaml", "env"])
    def test_out_and_in(self, shell: Shell, suffix: str) -> None:
        shell.run("connections", "add", "pg", "--conn-uri", URI, "--conn-description", "x")
        shell.run("connections", "add", "h", "--conn-type", "http", "--conn-extra", '{"n": {"a": [1]}}')
        before = shell.json("connections", "list", "--show-values")
        file = shell.home / f"c.{suffix}"
        shell.run("connections", "export", str(file))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for name in ("pg", "h"):
            shell.run("connections", "delete", name)
        out = shell.run("connections", "import", str(file))
        assert "Imported connection pg" in out
        after = shell.json("connections", "list", "--show-values")
        if suffix == "env":
            # A URI has no place for a description.
            for row in before:
                row["description"] = None
        for row in (*before, *after):
            row["extra"] = json.loads(row["extra"]) if row["extra"] else None
        assert after == before
        assert "already exists" in shell.run("connections", "import", str(file))
        shell.run("connections", "import", str(file), "--overwrite")

    def test_yaml_is_yaml(self, shell: Shell) -> None:
        shell.run("connections", "add", "pg", "--conn-uri", URI)
        shell.run("connections", "export", str(shell.home / "c.yaml"))
        assert yaml.safe_load((shell.home / "c.yaml").read_text())["pg"]["host"] == "host"

    def test_files_of_unknown_kind(self, shell: Shell) -> None:
        shell.fails("connections", "export", str(shell.home / "c.txt"))
        (shell.home / "c.env").write_text("no equals sign\n")
        shell.fails("connections", "import", str(shell.home / "c.env"))
