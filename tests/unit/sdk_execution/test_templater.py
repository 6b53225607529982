"""Template fields: what is rendered and how."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2.sandbox import SecurityError

from ostro.sdk import templater
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.context import Context
from ostro.sdk.dag import DAG
from ostro.sdk.templater import Templater, is_plain, literal


class Note(Templater):
    template_fields = ("text",)
    template_ext = (".sql",)

    def __init__(self, text: Any) -> None:
        self.text = text


class Inner:
    template_fields = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Probe(BaseOperator):
    template_fields = ("text",)
    template_ext = (".sql",)

    def __init__(self, *, text: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text


CONTEXT = Context({"ds": "2024-03-05", "n": 3}, lazy=[{"boom": lambda source: 1 / 0}])


def rendered(value: Any, context: Any = CONTEXT) -> Any:
    note = Note(value)
    note.render_template_fields(context)
    return note.text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ ds }}", "2024-03-05"),
        (["{{ n }}", ("{{ n }}", 1), {"{{ n }}": "{{ n }}"}], ["3", ("3", 1), {"{{ n }}": "3"}]),
        ({"{{ n }}", "x"}, {"3", "x"}),
        (literal("{{ ds }}"), "{{ ds }}"),
        (5, 5),
        (None, None),
        ("line\n", "line"),
        ("line\n\n", "line\n"),
        ("{% raw %}{{ ds }}{% endraw %}", "{{ ds }}"),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    assert rendered(value) == expected


@pytest.mark.parametrize("text", ["", "plain", "two\nlines\n", "100%", "a # b", "trailing \n\n", "$A ${B}"])
def test_text_without_templates_is_what_jinja_makes_of_it(text: str) -> None:
    with_jinja = Note("")
    env = templater.create_template_env()

    assert rendered(text) == with_jinja.render_template(text, CONTEXT, env)


def test_only_named_values_are_made() -> None:
    assert rendered("{{ ds }}{% for i in range(2) %}{{ i }}{% endfor %}") == "2024-03-0501"
    with pytest.raises(ZeroDivisionError):
        rendered("{{ boom }}")


def test_nested_objects_are_rendered_once() -> None:
    inner = Inner("{{ ds }}")
    inner.self = inner  # type: ignore[attr-defined]

    assert rendered([inner, inner])[0].value == "2024-03-05"


def test_unknown_names_fail_with_the_field() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'missing' is undefined") as caught:
        rendered("{{ missing }}")
    assert "'text'" in caught.value.__notes__[0]


def test_internals_of_python_are_closed() -> None:
    with pytest.raises(SecurityError):
        rendered("{{ ds.__class__ }}")


def test_names_with_one_underscore_are_open() -> None:
    inner = Inner(1)
    inner._x = 7  # type: ignore[attr-defined]
    assert rendered("{{ o._x }}", Context({"o": inner})) == "7"


def dag(folder: Path, **kwargs: Any) -> DAG:
    made = DAG("d", schedule=None, start_date=datetime(2024, 1, 1), **kwargs)
    made.fileloc = str(folder / "dag.py")
    return made


def test_files_are_read_from_the_folder_and_the_search_path(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("a {{ ds }} {% include 'b.sql' %}")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.sql").write_text("b {{ n }}")
    task = Probe(
        task_id="t",
        text=["a.sql", "not.a.file "],
        dag=dag(tmp_path, template_searchpath=str(tmp_path / "more")),
    )

    task.resolve_template_files()
    task.render_template_fields(CONTEXT)

    assert task.text == ["a 2024-03-05 b 3", "not.a.file "]


def test_a_missing_file_fails_when_it_is_rendered(tmp_path: Path) -> None:
    task = Probe(task_id="t", text="gone.sql", dag=dag(tmp_path))

    task.resolve_template_files()
    with pytest.raises(jinja2.TemplateNotFound):
        task.render_template_fields(CONTEXT)


def test_macros_filters_and_undefined_of_the_dag(tmp_path: Path) -> None:
    made = dag(
        tmp_path,
        user_defined_macros={"co": "acme", "ds": "shadow"},
        user_defined_filters={"shout": lambda t: t.upper()},
        template_undefined=jinja2.Undefined,
    )
    task = Probe(task_id="t", text="{{ co | shout }} {{ ds }} {{ nope }}|", dag=made)

    task.render_template_fields(CONTEXT)

    assert task.text == "ACME 2024-03-05 |"


def test_native_values(tmp_path: Path) -> None:
    task = Probe(
        task_id="t",
        text=["12", "{{ [1, n] }}", "x{{ n }}"],
        dag=dag(tmp_path, render_template_as_native_obj=True),
    )

    task.render_template_fields(CONTEXT)

    assert task.text == [12, [1, 3], "x3"]


def test_a_native_name_that_is_unknown_fails(tmp_path: Path) -> None:
    task = Probe(task_id="t", text="{{ missing }}", dag=dag(tmp_path, render_template_as_native_obj=True))

    with pytest.raises(jinja2.UndefinedError):
        task.render_template_fields(CONTEXT)


class Thing:
    attribute = "a"

    def __getitem__(self, key: str) -> Any:
        return {"key": None, "attribute": "never"}[key]


@pytest.mark.parametrize(
    "text",
    [
        "{{ ds }}",
        "x {{ds}} y {{  n  }}\n",
        '{"json": "{{ ds }}"}',
        "{{ d.k }} {{ d.nested.k }}",
        "{{ o.attribute }}{{ o.key }}",
        "{{ none }}|{{ true }}",
        "{{ ds }}\n\n",
        "{{ ds|upper }}",
        "{{- ds }} ",
        "{# c #}{{ ds }}",
        "}} {{ ds }} {",
    ],
)
def test_simple_templates_are_what_jinja_makes_of_them(text: str) -> None:
    context = Context({"ds": "2024-03-05", "n": 3, "d": {"k": 1, "nested": {"k": 2}}, "o": Thing()})

    assert rendered(text, context) == Note("").render_template(text, context, templater.create_template_env())


@pytest.mark.parametrize("text", ["{{ d.nope }}", "{{ ds.nope.more }}", "{{ nope }}", "{{ ds.__class__ }}"])
def test_errors_of_simple_templates_are_those_of_jinja(text: str) -> None:
    context = Context({"ds": "x", "d": {}})
    with pytest.raises(jinja2.TemplateError) as ours:
        rendered(text, context)
    with pytest.raises(jinja2.TemplateError) as theirs:
        Note("").render_template(text, context, templater.create_template_env())
    assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))


def test_what_is_plain() -> None:
    assert is_plain("echo $A")
    assert not is_plain("{{ x }}")
    assert not is_plain("a\r\nb")
