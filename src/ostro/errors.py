"""All errors that Ostro itself raises.

OstroError
├── UserError                something a person wrote or asked for is wrong: one sentence, shown as it is
│   ├── SettingInvalid       a value in ostro.cfg or the environment
│   ├── NotFound             a DAG, run, task, connection … that does not exist
│   ├── AlreadyExists        a run id, a pool … that exists
│   ├── NotAllowed           the request may not be done now, or not by this user
│   └── BadRequest           a request that cannot be understood
├── StoreError               the database
│   ├── NumberTooLarge       a number that a person gave does not fit into it; a BadRequest, too
│   ├── StoreUnavailable     cannot be reached or is locked; try again
│   └── StoreFull            no space left; try again when there is
└── Superseded               a write of an attempt that is no longer the current one
"""

from __future__ import annotations


class OstroError(Exception):
    """Base of all errors of Ostro."""


class UserError(OstroError):
    """Something a person wrote or asked for is wrong; the text is one sentence made for that person."""


class SettingInvalid(UserError):
    """A setting has a value that cannot be used."""


class NotFound(UserError):
    """The thing asked for does not exist."""


class AlreadyExists(UserError):
    """The thing to be made exists."""


class NotAllowed(UserError):
    """The request may not be done now, or not by this user."""


class BadRequest(UserError):
    """The request cannot be understood."""


class StoreError(OstroError):
    """The database refused."""


class NumberTooLarge(StoreError, BadRequest):
    """A number that somebody gave is larger than the database keeps."""


class TextNotKept(StoreError, BadRequest):
    """A text that somebody gave has a character that the database does not keep."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or is locked by another; the same call may work later."""


class StoreFull(StoreError):
    """The database has no space left; the same call works again when there is."""


class Superseded(OstroError):
    """A write of an attempt that is no longer the current attempt of its task instance."""
