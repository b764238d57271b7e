-- Disposable: rebuilt from the events whenever the cursor does not fit them.
CREATE TABLE cursor (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  projector INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB
) STRICT;

CREATE TABLE releases (
  id BLOB NOT NULL PRIMARY KEY,
  project BLOB NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  state TEXT NOT NULL,
  updated_seq INTEGER NOT NULL
) STRICT;
CREATE INDEX releases_by_time ON releases (updated_seq);
CREATE INDEX releases_by_project ON releases (project, updated_seq);
CREATE INDEX releases_by_state ON releases (state, updated_seq);
CREATE INDEX releases_by_both ON releases (project, state, updated_seq);

CREATE TABLE event_rows (
  seq INTEGER NOT NULL PRIMARY KEY,
  project BLOB NOT NULL,
  release BLOB,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  wall_ms INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX event_rows_by_release ON event_rows (release, seq) WHERE release IS NOT NULL;

CREATE VIRTUAL TABLE search USING fts5 (
  text, content = 'event_rows', content_rowid = 'seq', tokenize = 'unicode61'
);
