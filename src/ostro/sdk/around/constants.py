"""Constants and types that files import from modules of Airflow for annotations and defaults."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Literal, TypedDict

from ostro.sdk.context import Context
from ostro.sdk.enums import TriggerRule, WeightRule
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.queries.model import Model

XCOM_SKIPMIXIN_KEY = "skipmixin_key"
XCOM_SKIPMIXIN_SKIPPED = "skipped"
XCOM_SKIPMIXIN_FOLLOWED = "followed"

DEFAULT_OWNER = "airflow"
DEFAULT_POOL_NAME = "default_pool"
DEFAULT_POOL_SLOTS = 1
DEFAULT_PRIORITY_WEIGHT = 1
DEFAULT_QUEUE = "default"
DEFAULT_RETRIES = 0
DEFAULT_RETRY_DELAY = dt.timedelta(seconds=300)
DEFAULT_SCHEDULE_INTERVAL = dt.timedelta(days=1)
DEFAULT_TRIGGER_RULE = TriggerRule.ALL_SUCCESS
DEFAULT_WEIGHT_RULE = WeightRule.DOWNSTREAM

#: For annotations.
TaskStateChangeCallback = Callable[[Context], None]
DagStateChangeCallback = Callable[[Context], None]
TaskPreExecuteHook = Callable[[Context], None]
TaskPostExecuteHook = Callable[[Context, Any], None]
SLAMissCallback = Callable[..., None]
ScheduleInterval = str | dt.timedelta | None
ScheduleIntervalArg = Any
ScheduleArg = Any

#: What ids may look like.
KEY_REGEX = re.compile(r"^[\w.-]+$")


class AirflowDagDuplicatedIdException(AirflowException):
    """Two files make a DAG of one id."""

    def __init__(self, dag_id: str, incoming: str, existing: str) -> None:
        super().__init__(dag_id, incoming, existing)
        self.dag_id = dag_id
        self.incoming = incoming
        self.existing = existing

    def __str__(self) -> str:
        return f"DAG {self.dag_id!r} of {self.incoming} is in {self.existing} already"


class SerializationError(AirflowException):
    """A DAG cannot be described."""


class DagRunTypeNotAllowed(AirflowException):
    """`allowed_run_types` of the DAG does not have the type of the run."""


class InconsistentDataInterval(AirflowException):
    """Only one end of a data interval is known."""


class DagTag(metaclass=Model):
    """A tag of a DAG, as rows of Airflow's database have it."""

    __columns__ = frozenset({"name", "dag_id"})
    #: Of queries.
    __instead__ = "use DagModel, whose rows have their tags"

    def __init__(self, name: str = "", dag_id: str = "") -> None:
        self.name = name
        self.dag_id = dag_id

    def __repr__(self) -> str:
        return self.name


class DagOwnerAttributes:
    """The link of an owner of a DAG."""

    def __init__(self, dag_id: str = "", owner: str = "", link: str = "") -> None:
        self.dag_id = dag_id
        self.owner = owner
        self.link = link


def as_tuple(value: Any) -> Any:
    """A container as tuple; everything else as it is."""
    if isinstance(value, (dict, list, set, frozenset, tuple)):
        return tuple(value)
    return value


def render_template_to_string(template: Any, context: Any) -> str:
    """A jinja template rendered with a context."""
    return str(template.render(**dict(context)))


class HITLTriggerEventSuccessPayload(TypedDict, total=False):
    """What a trigger of the standard provider says of an answer."""

    chosen_options: list[str]
    params_input: dict[str, dict[str, Any]]
    responded_by_user: Any
    responded_at: dt.datetime
    timedout: bool


class HITLTriggerEventFailurePayload(TypedDict):
    """What it says when there is none."""

    error: str
    error_type: Literal["timeout", "unknown", "validation"]


def build_airflow_url_with_query(query: dict[str, Any]) -> str:
    """The address of the web page's list of DAGs with a query."""
    from urllib.parse import urlencode

    from ostro.sdk.conf import conf

    return f"{conf.get('api', 'base_url').rstrip('/')}/dags?{urlencode(query)}"
