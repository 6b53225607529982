"""What parse processes import again and again is loaded once, by their parent.

At its end a process names the modules that it had to load; the parent loads those of them that can do no harm in it:
the standard library, Ostro with its import names, and what Ostro itself depends on. Never a module of a user or of a
package that the user installed: those may start threads, and may change. So nothing has to be guessed beforehand, and
a first load of a thousand files pays for the imports once.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from pathlib import Path

import ostro

#: Packages that Ostro's own modules load when they are used.
DEPENDENCIES = frozenset({
    "attr", "attrs", "croniter", "dateutil", "jinja2", "jsonschema", "jsonschema_specifications", "markupsafe",
    "msgspec", "pendulum", "referencing", "rpds", "typing_extensions", "yaml",
})  # fmt: skip
#: Modules of the standard library whose import does more than define names.
NEVER = frozenset(
    {"antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "test", "readline", "rlcompleter"}
)
#: What Ostro has under the name `airflow`: others may put their own packages beside these (it is a namespace).
OWN = frozenset(found.stem for found in (Path(ostro.__file__).parents[1] / "airflow").iterdir()) - {
    "providers"
}
#: Bytes of one lesson; a longer one is cut, the next process tells the rest. Writes of this size are not torn apart.
LONGEST = 4096


class Lessons:
    """A pipe from the children to their parent."""

    def __init__(self) -> None:
        self.fileno, self._writing = os.pipe()
        os.set_blocking(self.fileno, False)
        os.set_blocking(self._writing, False)
        self._known = frozenset(sys.modules)

    def learn(self) -> None:
        """In the parent: load what the children named."""
        try:
            data = os.read(self.fileno, 1 << 16)
        except BlockingIOError:
            return
        names = [n for n in dict.fromkeys(data.decode(errors="replace").split()) if n not in sys.modules]
        for name in names:
            if may_load(name):
                # A name that user code made up, or a module that is not for this machine: then each child does without.
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
        if names:
            self._known = frozenset(sys.modules)
            gc.collect()
            gc.freeze()

    def tell(self) -> None:
        """In a child, at its end: name what had to be loaded."""
        names = [n for n in sys.modules if n not in self._known and may_load(n)]
        text = " ".join(names)
        if len(text) > LONGEST - 1:
            text = text[: text.rindex(" ", 0, LONGEST - 1)]
        if text:
            with contextlib.suppress(OSError):
                # The file may have closed all descriptors, and the parent may have enough to do.
                os.write(self._writing, f"{text} ".encode())


def may_load(name: str) -> bool:
    """Whether the parent may load a module."""
    top, _, rest = name.partition(".")
    if top in NEVER:
        return False
    if top == "airflow":
        return not rest or rest.partition(".")[0] in OWN
    return top == "ostro" or top in DEPENDENCIES or top in sys.stdlib_module_names
