"""The operators behind `@task.virtualenv`, `@task.external_python` and their branching forms."""

from __future__ import annotations

from ostro.sdk.decorators.operators import OfFunction
from ostro.sdk.operators.python_elsewhere import (
    BranchExternalPythonOperator,
    BranchPythonVirtualenvOperator,
    ExternalPythonOperator,
    PythonVirtualenvOperator,
)


class PythonVirtualenvDecoratedOperator(OfFunction, PythonVirtualenvOperator):
    """`@task.virtualenv`."""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.virtualenv"


class BranchPythonVirtualenvDecoratedOperator(OfFunction, BranchPythonVirtualenvOperator):
    """`@task.branch_virtualenv`."""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.branch_virtualenv"


class PythonExternalDecoratedOperator(OfFunction, ExternalPythonOperator):
    """`@task.external_python`."""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.external_python"


class BranchExternalPythonDecoratedOperator(OfFunction, BranchExternalPythonOperator):
    """`@task.branch_external_python`."""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.branch_external_python"
