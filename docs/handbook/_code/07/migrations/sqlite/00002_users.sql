-- +goose Up
CREATE TABLE users (
	name     TEXT PRIMARY KEY,
	password TEXT NOT NULL, -- its bcrypt hash
	role     TEXT NOT NULL
);

CREATE TABLE sessions (
	id      TEXT   PRIMARY KEY, -- a digest: of no use to who reads it
	data    BYTEA  NOT NULL,
	expires BIGINT NOT NULL
);
