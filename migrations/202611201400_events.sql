-- The history of this device: every event in the exact bytes that were hashed.
-- Rows are added at the end and never changed; the triggers say so to every other tool as well.

CREATE TABLE migrations (
  name TEXT NOT NULL PRIMARY KEY,
  sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 2 AND 65536)
) STRICT;

CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- INSERT OR REPLACE removes a row without firing the delete trigger, so only the next number may enter.
CREATE TRIGGER events_refuse_gap BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events are numbered without gaps'); END;

CREATE TRIGGER meta_refuse_update BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'meta is append-only'); END;

CREATE TRIGGER meta_refuse_delete BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'meta is append-only'); END;

CREATE TRIGGER migrations_refuse_update BEFORE UPDATE ON migrations
BEGIN SELECT RAISE(ABORT, 'migrations are append-only'); END;

CREATE TRIGGER migrations_refuse_delete BEFORE DELETE ON migrations
BEGIN SELECT RAISE(ABORT, 'migrations are append-only'); END;
