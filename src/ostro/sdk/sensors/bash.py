"""BashSensor: waits until a command succeeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ostro.sdk.exceptions import AirflowFailException
from ostro.sdk.sensors.base import BaseSensorOperator
from ostro.sdk.subprocess_hook import SubprocessHook


class BashSensor(BaseSensorOperator):
    """Done when `bash_command` exits with 0; else checked again.

    With `retry_exit_code` only that code means "again"; any other one fails the sensor.
    """

    template_fields: ClassVar[Sequence[str]] = ("bash_command", "env")

    def __init__(
        self,
        *,
        bash_command: str,
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        retry_exit_code: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.output_encoding = output_encoding
        self.retry_exit_code = retry_exit_code
        self._hook: SubprocessHook | None = None

    def poke(self, context: Any) -> bool:
        """Run the command once."""
        self._hook = SubprocessHook()
        code = self._hook.run_command(
            ["bash", "-c", self.bash_command], env=self.env, output_encoding=self.output_encoding
        ).exit_code
        if code == 0:
            return True
        if self.retry_exit_code is None or code == self.retry_exit_code:
            self.log.info("exit code %s: checked again later", code)
            return False
        raise AirflowFailException(f"Command exited with return code {code}")

    def on_kill(self) -> None:
        """End the command and all it started."""
        if self._hook is not None:
            self._hook.send_sigterm()
