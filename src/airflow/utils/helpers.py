"""`airflow.utils.helpers`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "as_flattened_list": "around.values",
        "at_most_one": "around.values",
        "chunks": "around.values",
        "convert_camel_to_snake": "around.values",
        "exactly_one": "around.values",
        "is_container": "around.values",
        "merge_dicts": "around.values",
        "parse_template_string": "around.values",
        "partition": "around.values",
        "prune_dict": "around.values",
        "reduce_in_chunks": "around.values",
        "validate_group_key": "around.values",
        "validate_key": "around.values",
    },
    old={
        "chain": "edges",
        "cross_downstream": "edges",
    },
)
