"""Strings that would run as script in a page that does not treat them as text, and a DAG that has them everywhere."""

from __future__ import annotations

RUN = "window.__xss=1"
HOSTILE = (
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"</script><script>{RUN}</script>",
    f"<script src=data:,{RUN}></script>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}'>",
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f"<img/src=x/onerror={RUN}>",
    f"<img src=x:x onerror\n={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<body onload={RUN}>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}></audio>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<style>@import 'javascript:{RUN}';</style>",
    "<style>*{background:url(http://127.0.0.1:9/css)}</style>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:window.__xss=1'>",
    "<base href=http://127.0.0.1:9/>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href='java\tscript:{RUN}'>x</a>",
    f"[x](javascript:{RUN})",
    f"[x](JaVaScRiPt:{RUN})",
    f"[x](java\tscript:{RUN})",
    f"[x]( javascript:{RUN})",
    f"[x](&#106;avascript:{RUN})",
    f"[x](data:text/html,<script>{RUN}</script>)",
    f"[x](vbscript:{RUN})",
    f'[x](http://x "onmouseover={RUN}")',
    f'![x](x"onerror={RUN}//)',
    f"![x](javascript:{RUN})",
    f"[x]: javascript:{RUN}\n[x]",
    f"<javascript:{RUN}>",
    f"`<img src=x onerror={RUN}>`",
    f"```\n</code></pre><img src=x onerror={RUN}>\n```",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"${{{RUN}}}",
    f"';{RUN};//",
    f'";{RUN};//',
    f"\\';{RUN};//",
    f"--><img src=x onerror={RUN}>",
    f"]]><img src=x onerror={RUN}>",
    f"%3Cimg src=x onerror={RUN}%3E",
    f"&lt;img src=x onerror={RUN}&gt;",
    f"\x1b]8;;javascript:{RUN}\x07click\x1b]8;;\x07",
    f"\x1b[31m<img src=x onerror={RUN}>\x1b[0m",
    f"\u202e<img src=x onerror={RUN}>",
    f"＜script＞{RUN}＜/script＞",
)
#: All of them in one text.
EVERYTHING = "\n\n".join(HOSTILE)
#: Those that a name may hold: no line breaks or control characters, and short.
NAMES = tuple(text for text in HOSTILE if text.isprintable() and len(text) <= 90)

#: The name of something that watches an asset: a part of an address.
WATCHER = next(name for name in NAMES if name.startswith("<img") and "/" not in name)

DAG = f"""
import asyncio
from datetime import datetime

from airflow.sdk import Asset, AssetWatcher, BaseOperator, BaseOperatorLink, Param, TaskGroup, dag, task
from airflow.triggers.base import BaseEventTrigger

HOSTILE = {HOSTILE!r}
EVERYTHING = {EVERYTHING!r}
NAMES = {NAMES!r}


class Link(BaseOperatorLink):
    name = NAMES[3]

    def get_link(self, operator, *, ti_key):
        return "javascript:window.__xss=1"


class Other(Link):
    name = NAMES[2]

    def get_link(self, operator, *, ti_key):
        return "https://example.com/" + NAMES[4]


class Linked(BaseOperator):
    template_fields = ("words",)
    operator_extra_links = (Link(), Other())

    def __init__(self, words, **more):
        super().__init__(**more)
        self.words = words

    def execute(self, context):
        context["ti"].xcom_push(key=NAMES[2], value=EVERYTHING)
        return EVERYTHING


class Shouts(BaseEventTrigger):
    def serialize(self):
        return f"{{type(self).__module__}}.Shouts", {{}}

    async def run(self):
        self.log.info(EVERYTHING)
        await asyncio.Event().wait()
        yield


def told(context):
    print(EVERYTHING)


@dag(
    "hostile",
    schedule=Asset("watched", watchers=[AssetWatcher({WATCHER!r}, Shouts())]),
    start_date=datetime(2026, 1, 1),
    dag_display_name=NAMES[5],
    description=EVERYTHING[:400],
    doc_md=EVERYTHING,
    tags=list(NAMES[:12]),
    default_args={{"owner": NAMES[6]}},
    owner_links={{NAMES[6]: "https://example.com/" + NAMES[4]}},
    params={{
        "text": Param(NAMES[7], type="string", title=NAMES[8], description=EVERYTHING, description_md=EVERYTHING),
        "choice": Param(NAMES[9], enum=list(NAMES[9:14]), section=NAMES[10]),
    }},
)
def hostile():
    @task(task_display_name=NAMES[11], doc_md=EVERYTHING, outlets=[Asset(name=NAMES[4][:60], uri="x://host/" + NAMES[12])])
    def says():
        for text in HOSTILE:
            print(text)
            print("::group::" + text.splitlines()[0])
            print(text)
            print("::endgroup::")
        return {{"value": list(HOSTILE)}}

    @task(doc_md=EVERYTHING, on_failure_callback=told)
    def breaks(value):
        raise RuntimeError(EVERYTHING)

    with TaskGroup("group", tooltip=NAMES[7], prefix_group_id=False):
        linked = Linked(task_id="linked", words=[EVERYTHING, NAMES[8]], doc_md=EVERYTHING)
    says_so = says()
    breaks(says_so)
    linked >> says_so


hostile()
"""
BROKEN = f"raise RuntimeError({EVERYTHING!r})\n"
