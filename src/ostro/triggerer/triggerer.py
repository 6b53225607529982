"""All triggers of an engine, spread over as few processes as their manners allow."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable

from ostro.clock import Clock
from ostro.protocol.trigger import Blocked, Fired, Outcome, StartTrigger, TaskEnded, TriggerFailed
from ostro.triggerer.cell import Cell, Limits, Open

#: Seconds between two looks at a process that does not read what it is sent.
UNSENT = 0.02
#: Processes of earlier contents of DAG files that are kept until their triggers end; the oldest gives way to more.
MOST_CELLS = 8


class Triggerer:
    """See the package. Pumped by the engine's loop as one of its sources; nothing blocks."""

    def __init__(
        self, open_process: Open, *, clock: Clock, warn: Callable[[str], None], limits: Limits | None = None
    ) -> None:
        """`warn` is told sentences for people."""
        self._open = open_process
        self._clock = clock
        self._warn = warn
        self._limits = limits or Limits()
        #: The newest last: it takes new triggers.
        self._cells: list[Cell] = []
        #: Where each trigger runs.
        self._where: dict[int, Cell] = {}
        #: Triggers that kept an event loop to themselves once.
        self._alone: set[int] = set()
        #: Triggers beyond the capacity, in the order in which they came.
        self._waiting: dict[int, StartTrigger] = {}
        self._outcomes: deque[Outcome] = deque()

    # ---- for the scheduler -----------------------------------------------------------------------------------

    def start(self, order: StartTrigger) -> None:
        """Run a trigger, or keep it until there is room. One that runs already goes on."""
        if order.id in self._where:
            return
        if 0 < self._limits.capacity <= len(self._where):
            self._waiting[order.id] = order
        else:
            self._place(order, self._cell_for(order))

    def stop(self, trigger: int, *, killed: bool) -> None:
        """Nobody waits for it any more. `killed`: its task was ended from outside."""
        self._alone.discard(trigger)
        cell = self._where.pop(trigger, None)
        self._waiting.pop(trigger, None)
        if cell is not None:
            cell.stop(trigger, killed=killed, now=self._clock.monotonic())
            self._fill()

    def stored(self, trigger: int, number: int) -> None:
        """What came of an event of this trigger is in the database (`Fired.number`)."""
        cell = self._where.get(trigger)
        if cell is not None:
            cell.stored(number)

    def outcomes(self) -> deque[Outcome]:
        """What became of triggers. The scheduler takes away what it has written."""
        return self._outcomes

    def running(self) -> int:
        """How many triggers run."""
        return len(self._where)

    def pids(self) -> list[int]:
        """The processes that have said who they are."""
        return [cell.pid for cell in self._cells if cell.pid]

    # ---- a source of the engine's loop ------------------------------------------------------------------------

    def filenos(self) -> Iterable[int]:
        return [cell.line.fileno() for cell in self._cells if cell.line is not None]

    def pump(self) -> tuple[list[int], list[str]]:
        """Read what was said, do what is due. It changes no runs by itself."""
        now = self._clock.monotonic()
        for cell in list(self._cells):
            before = cell.line
            for message in cell.receive(now):
                if isinstance(message, Fired | TaskEnded | TriggerFailed):
                    self._ended(cell, message, now)
                elif isinstance(message, Blocked):
                    self._blocked(cell, message)
            if before is not None and cell.line is None and cell.orders:
                self._died(cell, now)
            cell.tick(now)
            if cell.is_over:
                self._cells.remove(cell)
        self._fill()
        return [], []

    def wakeup(self) -> float | None:
        """Monotonic seconds at which `pump` must be called at the latest."""
        moments = [m for cell in self._cells if (m := cell.wakeup()) is not None]
        if any(cell.line is not None and cell.line.unsent for cell in self._cells):
            moments.append(self._clock.monotonic() + UNSENT)
        return min(moments, default=None)

    def close(self) -> None:
        """End all processes."""
        for cell in self._cells:
            cell.close()
        self._cells.clear()
        self._where.clear()
        self._waiting.clear()

    def _fill(self) -> None:
        """What waited for room begins."""
        while self._waiting and len(self._where) < self._limits.capacity:
            order = self._waiting.pop(next(iter(self._waiting)))
            self._place(order, self._cell_for(order))

    # ---- who runs where ----------------------------------------------------------------------------------------

    def _cell_for(self, order: StartTrigger) -> Cell:
        if order.id in self._alone:
            return self._new_cell(shared=False)
        for cell in reversed(self._cells):
            if (
                cell.takes(order.file)
                and cell.is_sound(self._clock.monotonic())
                and self._alone.isdisjoint(cell.orders)
            ):
                return cell
        shared = [c for c in self._cells if self._alone.isdisjoint(c.orders)]
        cell = self._new_cell(shared=True)
        if len(shared) >= MOST_CELLS:
            self._move(shared[0], cell)
        return cell

    def _new_cell(self, *, shared: bool) -> Cell:
        cell = Cell(self._open, self._limits)
        # Those that are not shared stand first: new triggers look from the end.
        self._cells.insert(len(self._cells) if shared else 0, cell)
        return cell

    def _place(self, order: StartTrigger, cell: Cell) -> None:
        self._where[order.id] = cell
        cell.start(order, self._clock.monotonic())

    def _move(self, old: Cell, new: Cell) -> None:
        """The triggers of one process start anew in another."""
        orders, old.orders = list(old.orders.values()), {}
        old.close()
        self._cells.remove(old)
        for order in orders:
            self._place(order, new)

    # ---- what happens --------------------------------------------------------------------------------------------

    def _ended(self, cell: Cell, message: Outcome, now: float) -> None:
        if self._where.get(message.id) is not cell:
            return  # stopped meanwhile
        if message.id > 0 or not isinstance(message, Fired):
            del self._where[message.id]
            self._alone.discard(message.id)
            cell.ended(message.id, now)
        self._outcomes.append(message)

    def _blocked(self, cell: Cell, message: Blocked) -> None:
        order = None if message.id is None else cell.orders.get(message.id)
        who = "something that a trigger started" if order is None else _name(order)
        where = f" at {message.where}" if message.where else ""
        self._warn(
            f"{who} has kept the event loop of all triggers to itself for {message.seconds:.1f} s{where};"
            " it must await, or move the work to a thread"
        )
        if message.seconds < self._limits.blocked or len(cell.orders) < 2:
            return
        if order is not None:
            self._alone.add(order.id)
        cell.kill()

    def _died(self, cell: Cell, now: float) -> None:
        """The process ended and has triggers: it is opened again by its `tick`, with fewer triggers if it must."""
        for trigger in [t for t in cell.orders if t in self._alone and len(cell.orders) > 1]:
            cell.deaths = 0
            self._place(cell.orders.pop(trigger), self._new_cell(shared=False))
        self._warn(f"a process with {len(cell.orders)} trigger(s) ended and is started again")
        if cell.deaths < 2:
            return
        if len(cell.orders) > 1:
            half = list(itertools.islice(cell.orders, len(cell.orders) // 2))
            other = self._new_cell(shared=False)
            other.deaths = cell.deaths - 1
            cell.deaths -= 1
            for trigger in half:
                self._place(cell.orders.pop(trigger), other)
        elif cell.deaths >= self._limits.deaths:
            ((trigger, order),) = cell.orders.items()
            cell.ended(trigger, now)
            self._where.pop(trigger, None)
            text = f"the process of {_name(order)} died {cell.deaths} times"
            self._outcomes.append(TriggerFailed(id=trigger, text=text, traceback=[text]))


def _name(order: StartTrigger) -> str:
    if order.instance is None:
        return f"the trigger {order.classpath}"
    run = order.instance.run
    return f"the trigger {order.classpath} of {run.dag_id}.{order.instance.task_id} ({run.run_id})"
