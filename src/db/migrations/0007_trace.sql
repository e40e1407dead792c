-- The trace that a job belongs to, and the version of the program that took it.

ALTER TABLE jobs ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN trace_state TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN program_version TEXT NOT NULL DEFAULT '';
