-- How soon the jobs of a key are taken: higher is sooner.
ALTER TABLE api_keys ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
