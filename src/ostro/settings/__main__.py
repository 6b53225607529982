"""`python -m ostro.settings` prints docs/reference/configuration.md."""

from __future__ import annotations

import sys

from ostro.settings.describe import reference_page

sys.stdout.write(reference_page())
