"""What the database holds: every table and column, as ordered named migrations.

The comments inside the statements are part of the schema (SQLite keeps them) and `docs/schema.md` is made from them.
All times are integer epoch seconds in UTC. Ids of accounts and changes are `server_id << 32 | number`, so that they
are the same whatever was collected first.
"""

from collections.abc import Iterator

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("plustwo")

SOURCES = """
CREATE TABLE servers ( -- One Gerrit server of the configuration.
  id INTEGER PRIMARY KEY, -- in the order in which servers were first configured
  name TEXT NOT NULL UNIQUE, -- its name in config.toml
  url TEXT NOT NULL -- where links to its changes point, without a slash at the end
) STRICT;
CREATE TABLE projects ( -- A project (repository) of a server that is being watched.
  id INTEGER PRIMARY KEY, -- in the order in which projects were first configured
  server_id INTEGER NOT NULL REFERENCES servers(id), -- the server it lives on
  name TEXT NOT NULL, -- full name, e.g. openstack/nova
  watched INTEGER NOT NULL DEFAULT 1, -- 1 while config.toml names it; answers leave out the others
  UNIQUE (server_id, name)
) STRICT;
CREATE TABLE watermarks ( -- How far each source has been read; moved in the transaction that wrote what was read.
  source TEXT NOT NULL, -- kind of source, e.g. git
  item TEXT NOT NULL, -- what of it, e.g. a project as server/name
  value TEXT NOT NULL, -- how far, in the source's own words
  PRIMARY KEY (source, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs ( -- One run of `plustwo collect`.
  id INTEGER PRIMARY KEY, -- in order of time
  started_at INTEGER NOT NULL, -- when it began
  finished_at INTEGER, -- when it ended; NULL for a run that was interrupted
  errors INTEGER, -- how many projects could not be read; NULL for a run that was interrupted
  summary TEXT -- JSON: what was read and set aside, of each project where anything happened
) STRICT;
CREATE TABLE quarantine ( -- What could not be understood, set aside with its reason; the rest went on.
  source TEXT NOT NULL, -- kind of source, e.g. git
  project_id INTEGER NOT NULL REFERENCES projects(id), -- the project it was met in
  item TEXT NOT NULL, -- what it is, e.g. refs/changes/01/1/meta
  revision TEXT NOT NULL, -- the commit or blob that could not be understood
  reason TEXT NOT NULL, -- why, in a sentence
  tip TEXT NOT NULL, -- state of the item when it was met: it is tried again when this moves
  PRIMARY KEY (source, project_id, item, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE settings ( -- What of config.toml was last written into this database, to see when it changes.
  key TEXT PRIMARY KEY, -- name of the setting
  value TEXT NOT NULL -- its value, or a digest of it
) STRICT, WITHOUT ROWID;
"""

PEOPLE = """
CREATE TABLE accounts ( -- An account of a Gerrit server.
  id INTEGER PRIMARY KEY, -- server_id << 32 | number
  server_id INTEGER NOT NULL REFERENCES servers(id), -- the server it belongs to
  number INTEGER NOT NULL, -- Gerrit's own account id
  name TEXT, -- full name as given; NULL where nobody told us
  email TEXT, -- preferred address, domain in lower case; NULL where nobody told us
  bot TEXT -- why this account is no person (name, messages, configured); NULL for people
) STRICT;
CREATE TABLE people ( -- A person: the accounts and addresses that belong together.
  id INTEGER PRIMARY KEY, -- smallest id of the person's accounts
  name TEXT NOT NULL -- preferred name, as given
) STRICT;
CREATE TABLE identities ( -- What a person is known by, and why it is believed to be theirs.
  person_id INTEGER NOT NULL REFERENCES people(id), -- whose it is
  kind TEXT NOT NULL, -- account or email
  value TEXT NOT NULL, -- account id (accounts.id) or address
  account_id INTEGER REFERENCES accounts(id), -- the account, where kind is account
  source TEXT NOT NULL, -- why: server (the account itself), email (shares a verified address)
  PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identities_account ON identities (account_id, person_id);
CREATE INDEX identities_person ON identities (person_id, account_id);
CREATE TABLE teams ( -- A team of the configuration.
  id INTEGER PRIMARY KEY, -- in the order of config.toml
  name TEXT NOT NULL UNIQUE -- its name
) STRICT;
CREATE TABLE team_projects ( -- Which projects a team looks after.
  team_id INTEGER NOT NULL REFERENCES teams(id) ON DELETE CASCADE, -- the team
  project_id INTEGER NOT NULL REFERENCES projects(id), -- a project that one of its names or globs means
  PRIMARY KEY (team_id, project_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE team_members ( -- Who is core in a team, and from when to when.
  team_id INTEGER NOT NULL REFERENCES teams(id) ON DELETE CASCADE, -- the team
  kind TEXT NOT NULL, -- account, email or group: what `value` is
  value TEXT NOT NULL, -- account number, address or group name, as configured
  server_id INTEGER REFERENCES servers(id), -- the server of an account number; NULL for that of the project
  since INTEGER NOT NULL, -- first second of the membership; 0 = as far back as is known
  until INTEGER, -- first second after it; NULL = still
  source TEXT NOT NULL, -- where this is from: config
  PRIMARY KEY (team_id, kind, value, since)
) STRICT, WITHOUT ROWID;
"""

CHANGES = """
CREATE TABLE changes ( -- A change, as it stands now.
  id INTEGER PRIMARY KEY, -- server_id << 32 | number
  project_id INTEGER NOT NULL REFERENCES projects(id), -- the project it belongs to
  number INTEGER NOT NULL, -- Gerrit's change number
  change_key TEXT NOT NULL, -- the Change-Id (I...)
  branch TEXT NOT NULL, -- destination branch without refs/heads/
  subject TEXT NOT NULL, -- first line of the current patch set's commit message
  status TEXT NOT NULL, -- NEW, MERGED or ABANDONED
  owner_id INTEGER REFERENCES accounts(id), -- account of the owner
  created_at INTEGER NOT NULL, -- when patch set 1 was uploaded
  updated_at INTEGER NOT NULL, -- time of the last thing that happened to it
  merged_at INTEGER, -- when it was submitted; NULL while it is not merged
  submitter_id INTEGER REFERENCES accounts(id), -- account that submitted it
  submission_id TEXT, -- Gerrit's id of the submission, shared by changes submitted together
  topic TEXT, -- current topic
  hashtags TEXT NOT NULL, -- current hashtags, comma separated in alphabetical order
  wip INTEGER NOT NULL, -- 1 while work in progress
  private INTEGER NOT NULL, -- 1 while private: left out of every answer
  patch_set INTEGER NOT NULL, -- number of the current patch set
  cherry_pick_of TEXT, -- change,patch set it was cherry-picked from
  revert_of INTEGER, -- number of the change it reverts
  meta_rev TEXT NOT NULL, -- commit of refs/changes/*/meta this was read from
  gone_at INTEGER -- when the server was first seen without it (deleted); NULL while it is there
) STRICT;
CREATE INDEX changes_project ON changes (project_id, created_at);
CREATE INDEX changes_owner ON changes (owner_id);
CREATE INDEX changes_merged ON changes (merged_at);
CREATE INDEX changes_created ON changes (created_at);
CREATE TABLE patch_sets ( -- A patch set.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  number INTEGER NOT NULL, -- 1, 2, ...
  commit_sha TEXT NOT NULL, -- the commit
  uploader_id INTEGER REFERENCES accounts(id), -- account it was uploaded for
  real_uploader_id INTEGER REFERENCES accounts(id), -- account that acted, where it was on somebody's behalf
  uploaded_at INTEGER NOT NULL, -- when
  description TEXT, -- its description, if any
  PRIMARY KEY (change_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX patch_sets_time ON patch_sets (uploaded_at);
CREATE TABLE events ( -- What happened to a change besides words and votes.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change, in order of time
  at INTEGER NOT NULL, -- when
  account_id INTEGER REFERENCES accounts(id), -- who; NULL for the server itself
  kind TEXT NOT NULL, -- status, wip, private, topic, hashtags, branch, assignee
  value TEXT NOT NULL, -- the new value: NEW/MERGED/ABANDONED, 1/0, text, account id
  PRIMARY KEY (change_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_time ON events (kind, at);
CREATE TABLE submit_records ( -- What the submit rules said when a change was submitted.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change
  status TEXT NOT NULL, -- of the rule, or of the label where there is one: OK, MAY, NEED, FORCED, CLOSED, ...
  rule TEXT, -- name of the rule
  label TEXT, -- the label this line is about; NULL for the rule as a whole
  account_id INTEGER REFERENCES accounts(id), -- whose vote satisfied the label
  PRIMARY KEY (change_id, seq)
) STRICT, WITHOUT ROWID;
"""

REVIEWS = """
CREATE TABLE messages ( -- A message of a change: what the server wrote down when somebody did something.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change, in order of time
  key TEXT NOT NULL, -- Gerrit's id of the message (the meta commit)
  account_id INTEGER REFERENCES accounts(id), -- author; NULL for the server itself
  real_account_id INTEGER REFERENCES accounts(id), -- who clicked, where it was on somebody's behalf
  at INTEGER NOT NULL, -- when
  patch_set INTEGER NOT NULL, -- patch set it is about
  tag TEXT, -- its tag, e.g. autogenerated:gerrit:newPatchSet
  kind TEXT NOT NULL, -- comment (says something), vote (votes only), recheck, upload, event, ci
  act INTEGER NOT NULL, -- 1 if it counts towards a review: it has a vote on a review label or says something
  text TEXT NOT NULL, -- the whole text
  PRIMARY KEY (change_id, seq)
) STRICT;
CREATE INDEX messages_acts ON messages (at) WHERE act = 1;
CREATE INDEX messages_actors ON messages (account_id, at) WHERE act = 1;
CREATE TABLE votes ( -- A vote that was cast, and what ended it. Copies are not here: they are no acts.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- the message it was cast in
  label TEXT NOT NULL, -- Code-Review, Verified, Workflow, ... verbatim
  patch_set INTEGER NOT NULL, -- patch set it judges
  account_id INTEGER REFERENCES accounts(id), -- the voter
  value INTEGER NOT NULL, -- -2 ... +2, never 0
  at INTEGER NOT NULL, -- when it was cast
  ended_at INTEGER, -- when it stopped standing on its patch set; NULL while it stands
  ended_how TEXT, -- revoted, taken back, removed, reviewer removed, moved (to another branch)
  ended_seq INTEGER, -- the message that ended it
  machine INTEGER NOT NULL, -- 1 if the message's tag says that a program voted: never a person's act
  PRIMARY KEY (change_id, seq, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX votes_time ON votes (label, at);
CREATE INDEX votes_patch_set ON votes (change_id, patch_set, label);
CREATE TABLE copied_votes ( -- A vote the server copied to a later patch set: state, never an act.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  patch_set INTEGER NOT NULL, -- patch set it was copied to
  account_id INTEGER NOT NULL REFERENCES accounts(id), -- the voter
  label TEXT NOT NULL, -- verbatim
  value INTEGER NOT NULL, -- -2 ... +2
  at INTEGER NOT NULL, -- when it was copied
  ended_at INTEGER, -- when it stopped standing there: voted over, taken back, removed; NULL while it stands
  PRIMARY KEY (change_id, patch_set, account_id, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE comments ( -- An inline, file or patch-set-level comment.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  patch_set INTEGER NOT NULL, -- patch set it is on
  uuid TEXT NOT NULL, -- Gerrit's id of it
  parent_uuid TEXT, -- the comment it answers
  thread_uuid TEXT NOT NULL, -- first comment of its thread
  message_seq INTEGER, -- the message it was published with; NULL where none fits
  account_id INTEGER REFERENCES accounts(id), -- author
  at INTEGER NOT NULL, -- when it was published
  path TEXT NOT NULL, -- file, or /COMMIT_MSG, /MERGE_LIST, /PATCHSET_LEVEL
  line INTEGER, -- line number; NULL for a comment on the whole file
  unresolved INTEGER NOT NULL, -- 1 if it left its thread unresolved
  resolved INTEGER NOT NULL, -- 1 if its thread is resolved now (the thread's last comment says so)
  text TEXT NOT NULL, -- the whole text
  PRIMARY KEY (change_id, patch_set, uuid)
) STRICT;
CREATE TABLE reviewers ( -- Each time somebody became reviewer or CC of a change, or was removed; the owner never.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change, in order of time
  account_id INTEGER NOT NULL REFERENCES accounts(id), -- who
  state TEXT NOT NULL, -- REVIEWER, CC or REMOVED, until the account's next row
  at INTEGER NOT NULL, -- when
  by_id INTEGER REFERENCES accounts(id), -- who did it
  PRIMARY KEY (change_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE attention ( -- Each time somebody entered or left a change's attention set.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change, in order of time
  account_id INTEGER NOT NULL REFERENCES accounts(id), -- who
  operation TEXT NOT NULL, -- ADD or REMOVE
  at INTEGER NOT NULL, -- when
  by_id INTEGER REFERENCES accounts(id), -- whose act caused it
  reason TEXT NOT NULL, -- Gerrit's reason
  PRIMARY KEY (change_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE vote_differences ( -- Where the votes in the messages and the server's Label: footers are not the same.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- 0, 1, ... within the change
  revision TEXT NOT NULL, -- the meta commit
  at INTEGER NOT NULL, -- when
  account_id INTEGER, -- the voter
  label TEXT NOT NULL, -- verbatim
  message_value INTEGER, -- what the message says; NULL for nothing
  footer_value INTEGER, -- what the footer says; NULL for nothing
  class TEXT NOT NULL, -- the kind of difference, explained in docs/votes.md
  PRIMARY KEY (change_id, seq)
) STRICT, WITHOUT ROWID;
"""

REST = """
CREATE TABLE new_projects ( -- A project (repository) of a server that is being watched.
  id INTEGER PRIMARY KEY, -- in the order in which projects were first configured
  server_id INTEGER NOT NULL REFERENCES servers(id), -- the server it lives on
  name TEXT NOT NULL, -- full name, e.g. openstack/nova
  watched INTEGER NOT NULL DEFAULT 1, -- 1 while config.toml names it; answers leave out the others
  known_from INTEGER, -- every change updated at or after this has been read; 0 = all of them; NULL = not read to an end yet
  UNIQUE (server_id, name)
) STRICT;
INSERT INTO new_projects SELECT id, server_id, name, watched, (
  SELECT 0 FROM watermarks m JOIN servers s ON s.id = projects.server_id WHERE m.item = s.name || '/' || projects.name
) FROM projects;
DROP TABLE projects;
ALTER TABLE new_projects RENAME TO projects;
CREATE TABLE new_accounts ( -- An account of a Gerrit server.
  id INTEGER PRIMARY KEY, -- server_id << 32 | number
  server_id INTEGER NOT NULL REFERENCES servers(id), -- the server it belongs to
  number INTEGER NOT NULL, -- Gerrit's own account id
  name TEXT, -- full name as given; NULL where nobody told us
  email TEXT, -- preferred address, domain in lower case; NULL where nobody told us
  username TEXT, -- user name; NULL where nobody told us
  status TEXT, -- what the account's owner says of themselves, e.g. "on leave"; NULL for nothing
  service_user INTEGER NOT NULL DEFAULT 0, -- 1 if the server says that it is a service user
  inactive INTEGER NOT NULL DEFAULT 0, -- 1 if the server says that it is inactive
  told_at INTEGER, -- when the server last told of it; NULL where it never did (an accounts file may have)
  asked_at INTEGER, -- when the server was last asked about it alone, whether it told or not
  bot TEXT -- why this account is no person (name, messages, service user, configured); NULL for people
) STRICT;
INSERT INTO new_accounts SELECT id, server_id, number, name, email, NULL, NULL, 0, 0, NULL, NULL, bot FROM accounts;
DROP TABLE accounts;
ALTER TABLE new_accounts RENAME TO accounts;
CREATE TABLE new_patch_sets ( -- A patch set.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  number INTEGER NOT NULL, -- 1, 2, ...
  commit_sha TEXT, -- the commit; NULL where the source did not tell
  uploader_id INTEGER REFERENCES accounts(id), -- account it was uploaded for
  real_uploader_id INTEGER REFERENCES accounts(id), -- account that acted, where it was on somebody's behalf
  uploaded_at INTEGER NOT NULL, -- when
  description TEXT, -- its description, if any and if the source told
  PRIMARY KEY (change_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO new_patch_sets SELECT * FROM patch_sets;
DROP TABLE patch_sets;
ALTER TABLE new_patch_sets RENAME TO patch_sets;
CREATE INDEX patch_sets_time ON patch_sets (uploaded_at);
CREATE TABLE new_copied_votes ( -- A vote the server copied to a later patch set: state, never an act.
  change_id INTEGER NOT NULL REFERENCES changes(id), -- its change
  seq INTEGER NOT NULL, -- the message with which it was copied, or the one before
  patch_set INTEGER NOT NULL, -- patch set it was copied to
  account_id INTEGER NOT NULL REFERENCES accounts(id), -- the voter
  label TEXT NOT NULL, -- verbatim
  value INTEGER NOT NULL, -- -2 ... +2
  at INTEGER NOT NULL, -- when it was copied
  ended_at INTEGER, -- when it stopped standing there: voted over, taken back, removed; NULL while it stands
  ended_seq INTEGER, -- the message that ended it
  PRIMARY KEY (change_id, patch_set, account_id, label, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO new_copied_votes SELECT change_id, 0, patch_set, account_id, label, value, at, ended_at, NULL FROM copied_votes;
DROP TABLE copied_votes;
ALTER TABLE new_copied_votes RENAME TO copied_votes;
CREATE INDEX changes_gone ON changes (project_id) WHERE gone_at IS NOT NULL;
CREATE TABLE server_projects ( -- Which projects a server has, as it last listed them.
  server TEXT NOT NULL, -- name of the server in config.toml
  name TEXT NOT NULL, -- full name of the project
  state TEXT NOT NULL, -- ACTIVE or READ_ONLY
  seen_at INTEGER NOT NULL, -- when it was listed
  PRIMARY KEY (server, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE groups ( -- A group of a Gerrit server that a team names as its core.
  id INTEGER PRIMARY KEY, -- in the order in which they were first met
  server_id INTEGER NOT NULL REFERENCES servers(id), -- the server it lives on
  name TEXT NOT NULL, -- as config.toml names it: its name or UUID
  read_at INTEGER, -- when its members were last read; NULL where they never could be
  problem TEXT, -- why they could not be read the last time; NULL where they could
  UNIQUE (server_id, name)
) STRICT;
CREATE TABLE group_members ( -- Who is in a group, itself or through an included group: snapshots, with their dates.
  group_id INTEGER NOT NULL REFERENCES groups(id), -- the group
  account_id INTEGER NOT NULL REFERENCES accounts(id), -- the member
  since INTEGER NOT NULL, -- when a snapshot first had them; 0 for those of the first snapshot: nobody knows since when
  until INTEGER, -- when a snapshot first lacked them; NULL while they are in it
  PRIMARY KEY (group_id, account_id, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE label_roles ( -- What a vote on a label means, as config.toml says; votes on others mean nothing to the questions.
  label TEXT PRIMARY KEY, -- the label, as in votes.label
  role TEXT NOT NULL -- review, approval or ci
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m001_sources(db: Database) -> None:
    """Servers, projects and how far they were read."""
    _execute(db, SOURCES)


@migrations()
def m002_people(db: Database) -> None:
    """Accounts, people, teams."""
    _execute(db, PEOPLE)


@migrations()
def m003_changes(db: Database) -> None:
    """Changes, patch sets and what happened to them."""
    _execute(db, CHANGES)


@migrations()
def m004_reviews(db: Database) -> None:
    """Messages, votes, comments, reviewers, attention set."""
    _execute(db, REVIEWS)


@migrations()
def m005_rest(db: Database) -> None:
    """What Gerrit's REST API tells besides: more of accounts, members of groups; and less of patch sets."""
    _execute(db, REST)


def statements(script: str) -> Iterator[str]:
    """The statements of a script in which only a line's end ends a statement."""
    for statement in script.split(";\n"):
        if statement.strip():
            yield statement.strip()


def _execute(db: Database, script: str) -> None:
    for statement in statements(script):
        db.execute(statement)
