"""The kinds of `@task` as functions of their own, by the names that 2.x and providers import."""

from __future__ import annotations

from ostro.sdk.decorators import task

python_task = task.python
branch_task = task.branch
short_circuit_task = task.short_circuit
bash_task = task.bash
sensor_task = task.sensor
stub_task = task.stub
virtualenv_task = task.virtualenv
branch_virtualenv_task = task.branch_virtualenv
external_python_task = task.external_python
branch_external_python_task = task.branch_external_python
