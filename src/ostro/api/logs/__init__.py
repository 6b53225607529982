"""Reading the log files of task attempts: JSON lines, found by byte offset, in pages of bounded size."""
