"""From an order to a trigger: its class found as a DAG file would find it, its arguments read, its task known to it."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from ostro.protocol import trigger as p
from ostro.protocol.task import FileRef
from ostro.runtime import dagfile
from ostro.sdk import serde
from ostro.sdk.dagrun import DagRun
from ostro.sdk.enums import TaskInstanceState
from ostro.sdk.taskinstance import TaskInstance

T = TypeVar("T")

#: What a text with a template has in it.
_MARKS = ("{{", "{%")


class Classes:
    """Trigger classes of this process. A changed file is imported by another process."""

    def __init__(self, plugins_folder: str | None, defaults: dict[str, Any]) -> None:
        self._plugins_folder = plugins_folder
        self._defaults = defaults
        self._known: dict[str, type[Any]] = {}
        self._loaded: dict[FileRef, dagfile.LoadedFile] = {}
        self._importer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")

    async def make(self, order: p.StartTrigger) -> Any:
        """The trigger of an order. Raises whatever its module or its class raises."""
        cls = self._known.get(order.classpath)
        if cls is None:
            cls = await self._apart(self._find, order)
            self._known[order.classpath] = cls
        trigger = cls(**(serde.deserialize(order.kwargs) or {}))
        trigger.trigger_id = order.id
        if order.instance is not None:
            trigger.task_instance = _instance(order.instance)
            if order.from_file and _has_template(order.kwargs):
                await self._apart(self._render, order, trigger)
        elif order.assets:
            trigger.asset_state_store = await self._apart(_states, order.assets)
        return trigger

    async def _apart(self, work: Callable[..., T], *args: Any) -> T:
        """Do what may take seconds while triggers run on. One after the other: a file being imported has the process's
        current DAG to itself."""
        call = partial(contextvars.copy_context().run, work, *args)
        return await asyncio.get_running_loop().run_in_executor(self._importer, call)

    def _find(self, order: p.StartTrigger) -> type[Any]:
        if order.file is not None:
            dagfile.prepare_path(order.file, self._plugins_folder)
            module = dagfile.module_name(order.file)
            if order.classpath.startswith(f"{module}.") and module not in sys.modules:
                self._load(order.file)
        found = serde.import_class(order.classpath)
        if not isinstance(found, type):
            raise TypeError(f"{order.classpath} is no class")
        return found

    def _load(self, file: FileRef) -> dagfile.LoadedFile:
        loaded = self._loaded.get(file)
        if loaded is None:
            loaded = self._loaded[file] = dagfile.load(file, self._plugins_folder, self._defaults)
        return loaded

    def _render(self, order: p.StartTrigger, trigger: Any) -> None:
        """Render the arguments of a task that starts in its trigger: those that are template fields of its operator."""
        from ostro.runtime.context import ContextMaker
        from ostro.runtime.imported import Imported

        assert order.file is not None and order.instance is not None
        instance = order.instance
        file = Imported(self._load(order.file), order.file.dialect)
        dag = file.dag(instance.run.dag_id)
        if dag is None or not dag.has_task(instance.task_id):
            return
        with file.active():
            run, ti = DagRun(instance.run, dag), trigger.task_instance
            template = dag.get_task(instance.task_id)
            ti.task, ti.dag_run = template, run
            maker = ContextMaker(dag=dag, task=template, run=run, ti=ti)
            context = maker.make(dialect=file.dialect)
            task = template.unmap(context) if template.is_mapped else template.prepare_for_execution()
            maker.task = ti.task = context["task"] = task
            for name in task.template_fields:
                if hasattr(trigger, name):
                    setattr(trigger, name, task.render_template(getattr(trigger, name), context))


def _instance(waiting: p.WaitingInstance) -> TaskInstance:
    return TaskInstance(
        None,
        run_id=waiting.run.run_id,
        map_index=waiting.map_index,
        dag_id=waiting.run.dag_id,
        task_id=waiting.task_id,
        start_date=waiting.start_date,
        dag_run=DagRun(waiting.run, None),
        id=waiting.attempt_id,
        state=TaskInstanceState.DEFERRED,
        try_number=waiting.try_number,
        max_tries=waiting.max_tries,
    )


def _states(assets: list[tuple[str, str]]) -> Any:
    from ostro.runtime.state_stores import AssetStateStores
    from ostro.sdk.assets import Asset

    return AssetStateStores([Asset(name=name, uri=uri) for name, uri in assets], (), watcher=True)


def _has_template(value: Any) -> bool:
    if isinstance(value, str):
        return any(mark in value for mark in _MARKS)
    parts: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return any(_has_template(part) for part in parts)
