-- +goose Up
CREATE TABLE users (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT NOT NULL CHECK (name <> ''),
    role          TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    password_hash TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE books (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    isbn       TEXT NOT NULL UNIQUE CHECK (length(isbn) IN (10, 13)),
    title      TEXT NOT NULL CHECK (title <> ''),
    author     TEXT NOT NULL CHECK (author <> ''),
    year       INTEGER CHECK (year BETWEEN 1 AND 2100),
    copies     INTEGER NOT NULL CHECK (copies BETWEEN 0 AND 1000),
    version    BIGINT NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX books_title ON books (title, id);
CREATE INDEX books_author ON books (author, id);

CREATE TABLE loans (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_id     BIGINT NOT NULL REFERENCES books (id) ON DELETE RESTRICT,
    user_id     BIGINT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    borrowed_at TIMESTAMPTZ NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL CHECK (due_at > borrowed_at),
    returned_at TIMESTAMPTZ CHECK (returned_at >= borrowed_at)
);
-- One open loan of a book per reader; it also counts the copies that are out.
CREATE UNIQUE INDEX loans_open ON loans (book_id, user_id) WHERE returned_at IS NULL;
CREATE INDEX loans_book ON loans (book_id);
CREATE INDEX loans_user ON loans (user_id, id);

CREATE TABLE idempotency_keys (
    user_id     BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    idem_key    TEXT NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200),
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
    reply       TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, idem_key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
DROP TABLE loans;
DROP TABLE books;
DROP TABLE sessions;
DROP TABLE users;
