-- The tables as version 2 had them.

CREATE TABLE workspace (
    number INTEGER PRIMARY KEY,
    token BLOB NOT NULL UNIQUE,  -- the SHA-256 of it
    submitted INTEGER NOT NULL   -- how many jobs there have ever been
);
CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, so the worker can walk upwards
    id TEXT NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspace,
    model TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    base_url TEXT,
    doom TEXT,
    failure TEXT
);
CREATE INDEX job_of_model ON job (workspace, model, number);
CREATE INDEX finished_job_of_model ON job (workspace, model, number) WHERE state = 'finished';
CREATE INDEX unfinished_job ON job (number) WHERE state IN ('queued', 'processing');
CREATE INDEX job_of_state ON job (state, number);

CREATE TABLE run_of_jobs (
    workspace INTEGER NOT NULL,
    model TEXT NOT NULL,
    run INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    PRIMARY KEY (workspace, model, run)
) WITHOUT ROWID;
CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    INSERT INTO run_of_jobs VALUES (new.workspace, new.model, new.number / 256, 1, new.state = 'finished')
    ON CONFLICT DO UPDATE SET jobs = jobs + 1, finished = finished + excluded.finished;
END;
CREATE TRIGGER job_moved AFTER UPDATE OF state ON job
WHEN (old.state = 'finished') <> (new.state = 'finished') BEGIN
    UPDATE run_of_jobs SET finished = finished + (new.state = 'finished') - (old.state = 'finished')
    WHERE workspace = new.workspace AND model = new.model AND run = new.number / 256;
END;
CREATE TRIGGER job_deleted AFTER DELETE ON job BEGIN
    UPDATE run_of_jobs SET jobs = jobs - 1, finished = finished - (old.state = 'finished')
    WHERE workspace = old.workspace AND model = old.model AND run = old.number / 256;
    DELETE FROM run_of_jobs
    WHERE workspace = old.workspace AND model = old.model AND run = old.number / 256 AND jobs = 0;
END;

CREATE TABLE picture (
    id TEXT NOT NULL UNIQUE,
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    digest TEXT NOT NULL,  -- the SHA-256 of its bytes
    UNIQUE (job, position)
);

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    due REAL NOT NULL,  -- when to try next, in seconds since 1970
    body TEXT           -- what was sent last
);
CREATE INDEX delivery_of_job ON delivery (job);
CREATE INDEX pending_delivery ON delivery (due) WHERE state = 'pending';
CREATE TABLE attempt (
    delivery INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE,
    sent_at TEXT NOT NULL,
    seconds REAL NOT NULL,
    status INTEGER,  -- of the answer; NULL if there was none
    answer TEXT NOT NULL
);
CREATE INDEX attempt_of_delivery ON attempt (delivery);
PRAGMA user_version = 2;
