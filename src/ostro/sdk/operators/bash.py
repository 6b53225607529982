"""BashOperator: runs a shell command or script and logs what it says, line by line."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from typing import Any, ClassVar

from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.context_vars import context_to_airflow_vars
from ostro.sdk.exceptions import AirflowException, AirflowSkipException
from ostro.sdk.subprocess_hook import SubprocessHook
from ostro.sdk.types import ArgNotSet


class BashOperator(BaseOperator):
    """Runs `bash_command` with bash. A command that ends in .sh or .bash (no space after it) is a template file.

    `env` replaces the environment, with `append_env` it is added to it. The exit codes of `skip_on_exit_code` skip the
    task. The last line of output is the result, after `output_processor`.
    """

    template_fields: ClassVar[Sequence[str]] = ("bash_command", "env", "cwd")
    template_fields_renderers: ClassVar[dict[str, str]] = {"bash_command": "bash", "env": "json"}
    template_ext: ClassVar[Sequence[str]] = (".sh", ".bash")
    ui_color = "#f0ede4"
    old_arguments: ClassVar[dict[str, str | None]] = {
        "skip_exit_code": "skip_on_exit_code",
        "xcom_push": "do_xcom_push",
    }

    def __init__(
        self,
        *,
        bash_command: str | ArgNotSet,
        env: dict[str, str] | None = None,
        append_env: bool = False,
        output_encoding: str = "utf-8",
        skip_on_exit_code: int | Container[int] | None = 99,
        cwd: str | None = None,
        output_processor: Callable[[str], Any] = lambda result: result,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.append_env = append_env
        self.output_encoding = output_encoding
        if skip_on_exit_code is None:
            skip_on_exit_code = ()
        self.skip_on_exit_code: Container[int] = (
            (skip_on_exit_code,) if isinstance(skip_on_exit_code, int) else skip_on_exit_code
        )
        self.cwd = cwd
        self.output_processor = output_processor
        self._hook: SubprocessHook | None = None

    @property
    def subprocess_hook(self) -> SubprocessHook:
        """What runs the command."""
        if self._hook is None:
            self._hook = SubprocessHook()
        return self._hook

    def get_env(self, context: Any) -> dict[str, str]:
        """The environment of the command."""
        env = self.env
        if env is None:
            env = os.environ.copy()
        elif self.append_env:
            env = {**os.environ, **env}
        return {**env, **context_to_airflow_vars(context, in_env_var_format=True)}

    def execute(self, context: Any) -> Any:
        """Run the command."""
        if self.cwd is not None:
            if not os.path.exists(self.cwd):
                raise AirflowException(f"Can not find the cwd: {self.cwd}")
            if not os.path.isdir(self.cwd):
                raise AirflowException(f"The cwd {self.cwd} must be a directory")
        result = self.subprocess_hook.run_command(
            command=["bash", "-c", str(self.bash_command)],
            env=self.get_env(context),
            output_encoding=self.output_encoding,
            cwd=self.cwd,
        )
        if result.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(f"Bash command returned exit code {result.exit_code}. Skipping.")
        if result.exit_code != 0:
            raise AirflowException(
                f"Bash command failed. The command returned a non-zero exit code {result.exit_code}."
            )
        return self.output_processor(result.output)

    def on_kill(self) -> None:
        """End the command and all it started."""
        if self._hook is not None:
            self._hook.send_sigterm()
