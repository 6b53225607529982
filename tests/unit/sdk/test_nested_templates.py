"""Objects inside template fields, and operators that render them in their own way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.dag import DAG


class Part:
    template_fields = ("text",)

    def __init__(self, text: str, other: Any = None) -> None:
        self.text = text
        self.other = other


class Holds(BaseOperator):
    template_fields = ("parts",)

    def __init__(self, parts: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parts = parts

    def execute(self, context: Any) -> Any:
        return self.parts


class Pods(Holds):
    """As the operator of Kubernetes: it knows the fields of classes that have no template fields."""

    def _render_nested_template_fields(
        self, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        if id(value) not in seen_oids and isinstance(value, SimpleNamespace):
            seen_oids.add(id(value))
            self._do_render_template_fields(value, ("name", "inner"), context, jinja_env, seen_oids)
            return
        super()._render_nested_template_fields(value, context, jinja_env, seen_oids)


def rendered(kind: type[Holds], parts: Any) -> Any:
    with DAG("d", schedule=None):
        task = kind(task_id="t", parts=parts)
    task.render_template_fields({"ds": "today"})
    return task.parts


def test_objects_with_template_fields_are_rendered_once() -> None:
    part = Part("{{ ds }}")

    first, second = rendered(Holds, [part, {"x": part}])

    assert first.text == second["x"].text == "today"


def test_a_function_makes_the_value_of_a_field() -> None:
    def make(context: Any, jinja_env: Any) -> str:
        return context["ds"] + jinja_env.from_string(" {{ 1 + 1 }} ").render() + "{{ ds }}"

    assert rendered(Holds, make) == "today 2 {{ ds }}"
    # Inside a list it is a value like any other.
    assert rendered(Holds, [make]) == [make]


def test_an_operator_renders_what_it_knows() -> None:
    pod = SimpleNamespace(
        name="{{ ds }}", inner=[SimpleNamespace(name="in {{ ds }}", inner=None)], kept="{{ ds }}"
    )

    found, part = rendered(Pods, [pod, Part("{{ ds }}")])

    assert (found.name, found.inner[0].name, found.kept, part.text) == (
        "today",
        "in today",
        "{{ ds }}",
        "today",
    )
