-- +goose Up
-- The schema of Conduit, the same on SQLite and on PostgreSQL. The one word that
-- differs is BIGINT_IDENTITY, which the migrator spells as each of them wants it.
--
-- Times are milliseconds since 1970, UTC: what the API shows, compared as numbers.
-- The *_key columns hold the folded form by which names and e-mail addresses are
-- unique, so that both databases agree on what "the same name" is.

CREATE TABLE users (
    id            BIGINT_IDENTITY,
    username      TEXT   NOT NULL,
    username_key  TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    bio           TEXT   NOT NULL DEFAULT '',
    image         TEXT   NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    CONSTRAINT users_username_taken UNIQUE (username_key),
    CONSTRAINT users_email_taken UNIQUE (email_key)
);

CREATE TABLE follows (
    follower_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    followee_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (follower_id, followee_id)
);
CREATE INDEX follows_by_followee ON follows (followee_id, follower_id);

-- An id that is higher is an article that is newer: lists are in that order, and every
-- index below ends with the article's id, so that each list is read off an index, without
-- a sort, and could go on after an id that is known (a keyset).
-- The body stands last: a list that leaves it out does not read its pages.
CREATE TABLE articles (
    id          BIGINT_IDENTITY,
    author_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    slug        TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    CONSTRAINT articles_slug_taken UNIQUE (slug)
);
-- On SQLite the table itself is in the order of ids, but wide: this is the narrow way along it.
CREATE INDEX articles_newest ON articles (id);
CREATE INDEX articles_by_author ON articles (author_id, id);

CREATE TABLE article_tags (
    article_id BIGINT  NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    tag        TEXT    NOT NULL,
    PRIMARY KEY (article_id, position)
);
CREATE UNIQUE INDEX article_tags_by_tag ON article_tags (tag, article_id);

CREATE TABLE favorites (
    article_id BIGINT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (article_id, user_id)
);
CREATE INDEX favorites_by_user ON favorites (user_id, article_id);

CREATE TABLE comments (
    id         BIGINT_IDENTITY,
    article_id BIGINT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    author_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    body       TEXT   NOT NULL
);
CREATE INDEX comments_by_article ON comments (article_id, id);
CREATE INDEX comments_by_author ON comments (author_id);

-- +goose Down
DROP TABLE comments;
DROP TABLE favorites;
DROP TABLE article_tags;
DROP TABLE articles;
DROP TABLE follows;
DROP TABLE users;
