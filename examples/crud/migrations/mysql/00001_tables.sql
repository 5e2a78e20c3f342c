-- +goose Up
CREATE TABLE users (
    id            BIGINT AUTO_INCREMENT PRIMARY KEY,
    email         VARCHAR(254) COLLATE utf8mb4_bin NOT NULL UNIQUE CHECK (email = lower(email)),
    name          VARCHAR(100) NOT NULL CHECK (name <> ''),
    role          VARCHAR(10) NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    password_hash VARCHAR(100) NOT NULL,
    created_at    DATETIME(6) NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE sessions (
    token_hash CHAR(64) CHARACTER SET ascii PRIMARY KEY CHECK (length(token_hash) = 64),
    user_id    BIGINT NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    FOREIGN KEY sessions_user (user_id) REFERENCES users (id) ON DELETE CASCADE,
    INDEX sessions_expiry (expires_at)
);

CREATE TABLE books (
    id         BIGINT AUTO_INCREMENT PRIMARY KEY,
    isbn       VARCHAR(13) CHARACTER SET ascii NOT NULL UNIQUE CHECK (length(isbn) IN (10, 13)),
    title      VARCHAR(200) NOT NULL CHECK (title <> ''),
    author     VARCHAR(200) NOT NULL CHECK (author <> ''),
    year       INTEGER CHECK (year BETWEEN 1 AND 2100),
    copies     INTEGER NOT NULL CHECK (copies BETWEEN 0 AND 1000),
    version    BIGINT NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    INDEX books_title (title, id),
    INDEX books_author (author, id)
) CHARACTER SET utf8mb4;

-- MySQL has no partial index. A column that is NULL once the book is back does
-- the same: NULLs never collide in a unique index.
CREATE TABLE loans (
    id          BIGINT AUTO_INCREMENT PRIMARY KEY,
    book_id     BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    borrowed_at DATETIME(6) NOT NULL,
    due_at      DATETIME(6) NOT NULL,
    returned_at DATETIME(6),
    is_open     TINYINT GENERATED ALWAYS AS (IF(returned_at IS NULL, 1, NULL)) STORED,
    CHECK (due_at > borrowed_at),
    CHECK (returned_at >= borrowed_at),
    UNIQUE INDEX loans_open (book_id, user_id, is_open),
    INDEX loans_user (user_id, id),
    FOREIGN KEY loans_book (book_id) REFERENCES books (id) ON DELETE RESTRICT,
    FOREIGN KEY loans_reader (user_id) REFERENCES users (id) ON DELETE RESTRICT
);

CREATE TABLE idempotency_keys (
    user_id     BIGINT NOT NULL,
    idem_key    VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 200),
    fingerprint CHAR(64) CHARACTER SET ascii NOT NULL CHECK (length(fingerprint) = 64),
    reply       TEXT NOT NULL,
    created_at  DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id, idem_key),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    INDEX idempotency_keys_age (created_at)
) CHARACTER SET utf8mb4;

-- +goose Down
DROP TABLE idempotency_keys;
DROP TABLE loans;
DROP TABLE books;
DROP TABLE sessions;
DROP TABLE users;
