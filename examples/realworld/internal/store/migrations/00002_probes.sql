-- +goose Up
-- The one row is written to find out whether the database takes writes.
CREATE TABLE probes (writes BIGINT NOT NULL);
INSERT INTO probes VALUES (0);

-- +goose Down
DROP TABLE probes;
