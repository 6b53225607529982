"""Speed, measured end to end. Each module prints one JSON object; `python -m benches.chain40`."""
