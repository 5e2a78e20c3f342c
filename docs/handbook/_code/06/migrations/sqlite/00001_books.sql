-- +goose Up
CREATE TABLE books (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	version BIGINT NOT NULL DEFAULT 1,
	title   TEXT   NOT NULL,
	author  TEXT   NOT NULL,
	year    BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE history ( -- what books were before each change
	book_id BIGINT NOT NULL REFERENCES books (id),
	version BIGINT NOT NULL,
	title   TEXT   NOT NULL,
	author  TEXT   NOT NULL,
	year    BIGINT NOT NULL,
	PRIMARY KEY (book_id, version)
);
