-- +goose Up
CREATE TABLE books (
	id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	version BIGINT NOT NULL DEFAULT 1,
	title   TEXT   NOT NULL,
	author  TEXT   NOT NULL,
	year    BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE history (
	book_id BIGINT NOT NULL REFERENCES books (id),
	version BIGINT NOT NULL,
	title   TEXT   NOT NULL,
	author  TEXT   NOT NULL,
	year    BIGINT NOT NULL,
	PRIMARY KEY (book_id, version)
);

CREATE TABLE users (
	name     TEXT PRIMARY KEY,
	password TEXT NOT NULL,
	role     TEXT NOT NULL
);

CREATE TABLE sessions (
	id      TEXT   PRIMARY KEY,
	data    BYTEA  NOT NULL,
	expires BIGINT NOT NULL
);
