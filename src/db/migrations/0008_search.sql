-- What a job is found by: its names in plain letters (db/search_text.h). Of earlier jobs the database makes it, as well as it can.

ALTER TABLE jobs ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE jobs SET search_text = lower(name || ' ' || input_filename);
