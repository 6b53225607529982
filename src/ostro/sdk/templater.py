"""Rendering of template fields: which values are templates, and the Jinja environments.

Strings are Jinja templates; a string that ends with one of `template_ext` names a template file. Lists, tuples, sets,
dict values and objects with their own `template_fields` are rendered inside. Results of tasks (XComArg), params and
`literal()` are replaced by their values.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.sdk.log import LoggingMixin

if TYPE_CHECKING:
    import jinja2

    from ostro.sdk.dag import DAG

    Environment = jinja2.Environment


class LiteralValue:
    """A value that is not rendered; made by `literal()`."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        """It comes from no task."""
        return iter(())

    def resolve(self, context: Mapping[str, Any]) -> Any:
        """The value as written."""
        return self.value

    def __repr__(self) -> str:
        return f"LiteralValue({self.value!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteralValue) and self.value == other.value

    def __hash__(self) -> int:
        return hash(("literal", repr(self.value)))


def literal(value: Any) -> LiteralValue:
    """Keep a value of a template field from being rendered."""
    return LiteralValue(value)


def is_resolvable(value: Any) -> bool:
    """Whether the value stands for another one that is known when the task runs (XComArg, DagParam, literal)."""
    return hasattr(type(value), "iter_references") and hasattr(type(value), "resolve")


class Templater(LoggingMixin):
    """Something with template fields that is no operator, a notifier for example."""

    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {}

    def get_template_env(self, dag: DAG | None = None) -> Environment:
        """The environment of the DAG, or a plain one without a DAG."""
        return environment_of(self, dag)

    def prepare_template(self) -> None:
        """Hook for subclasses: change template fields after their files were read and before they are rendered."""

    def resolve_template_files(self) -> None:
        """Replace fields that name a template file by its text, then call `prepare_template`."""
        resolve_files(self)

    def render_template_fields(
        self, context: Mapping[str, Any], jinja_env: Environment | None = None
    ) -> None:
        """Render all template fields in place."""
        render_fields(self, context, jinja_env)

    def render_template(
        self,
        content: Any,
        context: Mapping[str, Any],
        jinja_env: Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """`content` with every template in it rendered. Values that are no templates are given back as they are."""
        return render(content, context, jinja_env, owner=self, seen=seen_oids)

    def _render_nested_template_fields(
        self, value: Any, context: Mapping[str, Any], jinja_env: Environment, seen_oids: set[int]
    ) -> None:
        render_nested(self, value, context, jinja_env, seen_oids)

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Mapping[str, Any],
        jinja_env: Environment,
        seen_oids: set[int],
    ) -> None:
        render_into(self, parent, template_fields, context, jinja_env, seen_oids)


def resolve_files(owner: Any) -> None:
    """Replace fields of `owner` that name a template file by its text, then call its `prepare_template`.

    A file that is not there is left for rendering, which then fails with its name.
    """
    if owner.template_ext:
        suffixes = tuple(owner.template_ext)
        for field in owner.template_fields:
            content = getattr(owner, field, None)
            if isinstance(content, str):
                if content.endswith(suffixes):
                    setattr(owner, field, _source(owner, content))
            elif isinstance(content, list) and any(
                isinstance(i, str) and i.endswith(suffixes) for i in content
            ):
                # A new list: the DAG keeps its own.
                read = [
                    _source(owner, i) if isinstance(i, str) and i.endswith(suffixes) else i for i in content
                ]
                setattr(owner, field, read)
    owner.prepare_template()


def _source(owner: Any, name: str) -> str:
    from jinja2 import TemplateNotFound

    env = owner.get_template_env()
    try:
        text: str = env.loader.get_source(env, name)[0]
    except TemplateNotFound:
        return name
    return text


def render_fields(owner: Any, context: Mapping[str, Any], jinja_env: Environment | None = None) -> None:
    """Render all template fields of `owner` in place. Raises what a template raises, with a note that names the field."""
    _Renderer(owner, context, jinja_env, set()).fields(owner, owner.template_fields)


def render(
    content: Any,
    context: Mapping[str, Any],
    jinja_env: Environment | None = None,
    *,
    owner: Any,
    seen: set[int] | None = None,
) -> Any:
    """`content` with every template in it rendered, in the environment of `owner` unless another is given."""
    return _Renderer(owner, context, jinja_env, set() if seen is None else seen).value(content)


def render_nested(
    owner: Any, value: Any, context: Mapping[str, Any], jinja_env: Environment | None, seen: set[int]
) -> None:
    """Render the template fields of an object inside a template field; once, as objects may refer to each other."""
    names = getattr(value, "template_fields", None)
    if names and not isinstance(value, type) and id(value) not in seen:
        seen.add(id(value))
        render_into(owner, value, names, context, jinja_env, seen)


def render_into(
    owner: Any,
    parent: Any,
    names: Iterable[str],
    context: Mapping[str, Any],
    jinja_env: Environment | None,
    seen: set[int],
) -> None:
    """Render the named attributes of an object in place, in the environment of `owner`."""
    _Renderer(owner, context, jinja_env, seen).fields(parent, names)


class _Renderer:
    """One walk over the template fields of an owner."""

    def __init__(
        self, owner: Any, context: Mapping[str, Any], env: Environment | None, seen: set[int]
    ) -> None:
        self._owner = owner
        self._context = context
        self._env = env
        #: Objects with template fields that were rendered: they may refer to each other.
        self._seen = seen
        self._suffixes = tuple(owner.template_ext or ())
        # In these environments plain text may come out as something else.
        self._every_text = env is not None or _is_special(owner)

    def fields(self, parent: Any, names: Iterable[str]) -> None:
        for name in names:
            try:
                value = getattr(parent, name)
            except AttributeError:
                raise AttributeError(
                    f"{name!r} is a template field of {type(parent).__name__}, but it has no such attribute"
                ) from None
            if value is None or isinstance(value, (int, float)):
                continue
            try:
                rendered = self._made(value) if callable(value) else self.value(value)
            except Exception as error:
                label = getattr(parent, "task_id", None) or type(parent).__name__
                error.add_note(f"while the template field {name!r} of {label} was rendered")
                raise
            if rendered is not value:
                setattr(parent, name, rendered)

    def _made(self, function: Any) -> Any:
        """A field may be a function that makes its value; what it gives is not rendered again."""
        if self._env is None:
            self._env = self._owner.get_template_env()
        return function(context=self._context, jinja_env=self._env)

    def value(self, content: Any) -> Any:
        if isinstance(content, str):
            return self._text(content)
        if content is None or isinstance(content, (int, float)):
            return content
        if is_resolvable(content):
            return content.resolve(self._context)
        if isinstance(content, tuple):
            items = [self.value(item) for item in content]
            return tuple(items) if type(content) is tuple else type(content)(*items)
        if isinstance(content, list):
            return [self.value(item) for item in content]
        if isinstance(content, dict):
            return {key: self.value(item) for key, item in content.items()}
        if isinstance(content, set):
            return {self.value(item) for item in content}
        render_path = getattr(content, "render_template_path", None)
        if render_path is not None:  # ObjectStoragePath
            return render_path(self._text)
        hook = getattr(self._owner, "_render_nested_template_fields", None)
        if hook is not None and getattr(hook, "__func__", None) not in _own_hooks():
            # An operator that knows how to render objects of others (pods of Kubernetes).
            if self._env is None:
                self._env = self._owner.get_template_env()
            hook(content, self._context, self._env, self._seen)
            return content
        names = getattr(content, "template_fields", None)
        if names and not isinstance(content, type) and id(content) not in self._seen:
            self._seen.add(id(content))
            self.fields(content, names)
        return content

    def _text(self, text: str) -> Any:
        is_file = bool(self._suffixes) and text.endswith(self._suffixes)
        if not is_file and not self._every_text and is_plain(text):
            # What Jinja would give, without making an environment: it drops one line end at the end.
            return text[:-1] if text.endswith("\n") else text
        if not is_file and not self._every_text:
            simple = _render_simple(text, self._context)
            if simple is not None:
                return simple
        if self._env is None:
            self._env = self._owner.get_template_env()
        from ostro.sdk import jinja

        template = self._env.get_template(text) if is_file else self._env.from_string(text)
        return jinja.render(template, self._context)


def _own_hooks() -> tuple[Any, ...]:
    from ostro.sdk.baseoperator import BaseOperator

    return Templater._render_nested_template_fields, BaseOperator._render_nested_template_fields


def is_plain(text: str) -> bool:
    """Whether a text holds nothing that Jinja would act on with its usual delimiters."""
    return "{" not in text and "\r" not in text


#: A name, or attributes or keys of one, and nothing else. Names with underscores before them are Jinja's to judge.
_NAME = re.compile(r"\{\{\s*([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\s*\}\}", re.ASCII)
_SPECIAL = re.compile(r"\{[{%#]|\r")


def _render_simple(text: str, context: Mapping[str, Any]) -> str | None:
    """What Jinja makes of a text with nothing but `{{ name }}` and `{{ name.attribute }}`; None when it holds more.

    Most templates are such, and to make an environment and compile them is the larger part of a short task. Whatever
    is not found in the context is left to Jinja, its errors and its globals.
    """
    parts = _NAME.split(text)
    for index, part in enumerate(parts):
        if index % 2 == 0:
            if _SPECIAL.search(part):
                return None
            continue
        name, *attributes = part.split(".")
        if name not in context:
            return None
        value = context[name]
        for attribute in attributes:
            value = _look_up(value, attribute)
            if value is _NOTHING:
                return None
        parts[index] = str(value)
    if parts[-1].endswith("\n"):
        parts[-1] = parts[-1][:-1]
    return "".join(parts)


_NOTHING: Any = object()


def _look_up(value: Any, attribute: str) -> Any:
    try:
        return getattr(value, attribute)
    except AttributeError:
        try:
            return value[attribute]
        except (TypeError, LookupError, AttributeError):
            return _NOTHING


def _is_native(owner: Any, dag: DAG | None) -> bool:
    own = getattr(owner, "render_template_as_native_obj", None)
    return bool(getattr(dag, "render_template_as_native_obj", False) if own is None else own)


def _is_special(owner: Any) -> bool:
    dag = getattr(owner, "dag", None)
    return _is_native(owner, dag) or bool(getattr(dag, "jinja_environment_kwargs", None))


# ---- environments ------------------------------------------------------------------------------------------------


#: Environments made so far, by DAG; the DAG is kept so that its id stays its own.
_environments: dict[tuple[int, bool], tuple[Any, Any]] = {}


def environment_of(owner: Any, dag: DAG | None = None) -> Environment:
    """The environment for the templates of a task or notifier; native when it or its DAG says so."""
    dag = dag or getattr(owner, "dag", None)
    native = _is_native(owner, dag)
    return create_template_env(native=native) if dag is None else _environment_of_dag(dag, native)


def environment_of_dag(dag: DAG, *, force_sandboxed: bool = False) -> Environment:
    """The environment of a DAG's templates, made once; renders to text when `force_sandboxed`.

    Templates are looked for in the folder of the DAG file, then in `template_searchpath`.
    """
    return _environment_of_dag(dag, dag.render_template_as_native_obj and not force_sandboxed)


def _environment_of_dag(dag: DAG, native: bool) -> Environment:
    key = (id(dag), native)
    if key in _environments:
        known: Environment = _environments[key][1]
        return known
    folders: list[Any] = [folder_of(dag)]
    extra: Any = dag.template_searchpath
    if extra:
        folders += [extra] if isinstance(extra, (str, os.PathLike)) else list(extra)
    env = create_template_env(
        native=native,
        searchpath=[os.fspath(folder) for folder in folders if folder],
        template_undefined=dag.template_undefined,
        jinja_environment_kwargs=dag.jinja_environment_kwargs,
        user_defined_macros=dag.user_defined_macros,
        user_defined_filters=dag.user_defined_filters,
    )
    _environments[key] = (dag, env)
    return env


def forget(dag: DAG) -> None:
    """Let the environments of a DAG go."""
    for native in (False, True):
        _environments.pop((id(dag), native), None)


def folder_of(dag: DAG) -> str:
    """Folder of the DAG file."""
    return os.path.dirname(dag.fileloc) if dag.fileloc else ""


def create_template_env(
    *,
    native: bool = False,
    searchpath: Sequence[str] | None = None,
    template_undefined: Any = None,
    jinja_environment_kwargs: Mapping[str, Any] | None = None,
    user_defined_macros: Mapping[str, Any] | None = None,
    user_defined_filters: Mapping[str, Callable[..., Any]] | Collection[Any] | None = None,
) -> Environment:
    """A sandboxed Jinja environment; `native` gives Python values instead of text."""
    import jinja2

    from ostro.sdk import jinja

    options: dict[str, Any] = {
        "loader": jinja2.FileSystemLoader(list(searchpath or [])),
        "undefined": template_undefined or jinja2.StrictUndefined,
        "extensions": ["jinja2.ext.do"],
        "cache_size": 0,
    }
    options.update(jinja_environment_kwargs or {})
    kind = jinja.NativeEnvironment if native else jinja.SandboxedEnvironment
    env = kind(**options)
    env.filters.update(jinja.FILTERS)
    if user_defined_macros:
        env.globals.update(user_defined_macros)
    if user_defined_filters:
        env.filters.update(user_defined_filters)
    return env
