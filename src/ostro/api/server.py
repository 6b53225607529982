"""Runs the app: one process, one event loop, a few threads for the database. Prints nothing by itself."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio.to_thread
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ostro.api.app import create_app
from ostro.api.deps import Deps

#: Requests that work with the database at once; the store keeps as many connections.
THREADS = 12
#: Seconds that open requests get to end when the server is asked to.
GRACE = 5
#: Seconds that an idle connection is kept.
KEEP_ALIVE = 30


class _Server(uvicorn.Server):
    """uvicorn's server, told what to do when it is ready and when it ends."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], object], on_end: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_end = on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams to open pages never end by themselves.
        self._on_end()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order on SIGINT and SIGTERM; afterwards the caller goes on, instead of dying by the same signal again."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def serve(
    deps: Deps,
    sock: socket.socket,
    *,
    on_ready: Callable[[], object] = lambda: None,
    ssl_cert: Path | None = None,
    ssl_key: Path | None = None,
) -> None:
    """Serve on a listening socket until SIGINT or SIGTERM. To be called in the main thread.

    `on_ready` is called once requests are answered. `ssl_cert`, `ssl_key`: PEM files, then it speaks https.
    """
    app = create_app(deps)
    proxies = list(deps.config.trusted_proxies)
    config = uvicorn.Config(
        # Who the client is decides how its wrong passwords are counted: no header may say otherwise, but of a known proxy.
        ProxyHeadersMiddleware(app, trusted_hosts=proxies) if proxies else app,  # type: ignore[arg-type]
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=None if ssl_cert is None else str(ssl_cert),
        ssl_keyfile=None if ssl_key is None else str(ssl_key),
    )
    server = _Server(config, on_ready, app.state.tail.close)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(server.serve(sockets=[sock]))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
