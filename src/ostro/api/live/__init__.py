"""Live screens: one thread follows the database while somebody looks, and every open page gets its part as server-sent events."""
