-- The words in double braces are those of the database; see words in dialect.go.

-- +goose Up
CREATE TABLE users (
    id            {{.ID}},
    email         VARCHAR(254) {{.Exact}} NOT NULL UNIQUE CHECK (email = lower(email)),
    name          VARCHAR(100) NOT NULL CHECK (name <> ''),
    role          VARCHAR(10) NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    password_hash VARCHAR(100) NOT NULL,
    created_at    {{.Time}} NOT NULL
) {{.Table}};

CREATE TABLE books (
    id         {{.ID}},
    isbn       VARCHAR(13) NOT NULL UNIQUE CHECK (length(isbn) IN (10, 13)),
    title      VARCHAR(200) NOT NULL {{.NoCase}} CHECK (title <> ''),
    author     VARCHAR(200) NOT NULL {{.NoCase}} CHECK (author <> ''),
    year       INTEGER CHECK (year BETWEEN 1 AND 2100),
    copies     INTEGER NOT NULL CHECK (copies BETWEEN 0 AND 1000),
    version    BIGINT NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at {{.Time}} NOT NULL,
    updated_at {{.Time}} NOT NULL
) {{.Table}};
CREATE INDEX books_title ON books (title, id);
CREATE INDEX books_author ON books (author, id);

-- is_open is 1, or NULL once the book is back: NULLs never collide in a unique index, so a
-- reader has one open loan of a book. The index also counts the copies that are out.
CREATE TABLE loans (
    id          {{.ID}},
    book_id     BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    borrowed_at {{.Time}} NOT NULL,
    due_at      {{.Time}} NOT NULL,
    returned_at {{.Time}},
    is_open     SMALLINT DEFAULT 1 CHECK (is_open = 1),
    CHECK (due_at > borrowed_at),
    CHECK (returned_at >= borrowed_at),
    CHECK ((returned_at IS NULL) = (is_open IS NOT NULL)),
    FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE RESTRICT,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
) {{.Table}};
CREATE UNIQUE INDEX loans_open ON loans (book_id, is_open, user_id);
CREATE INDEX loans_book ON loans (book_id);
CREATE INDEX loans_user ON loans (user_id, id);

-- Sessions, and answers to repeated requests: the table of package sqlstore.
{{.Records}}

-- +goose Down
DROP TABLE records;
DROP TABLE loans;
DROP TABLE books;
DROP TABLE users;
