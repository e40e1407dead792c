-- So that a slow receiver does not delay the others.
ALTER TABLE webhooks ADD COLUMN host TEXT NOT NULL DEFAULT '';
