# What CI checks, in the order in which it fails fastest.
check: format lint types contract page test

format:
    ruff format --check src tests benches

lint:
    ruff check src tests benches

types:
    mypy

contract:
    lint-imports

# The web page: types, then unit tests.
page:
    npm --prefix ui run check
    npm --prefix ui test

test:
    pytest
