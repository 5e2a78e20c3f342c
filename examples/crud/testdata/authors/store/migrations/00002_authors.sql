-- +goose Up
CREATE TABLE authors (
    id   {{.ID}},
    name VARCHAR(200) NOT NULL {{.NoCase}} UNIQUE CHECK (name <> ''),
    born INTEGER CHECK (born BETWEEN 1 AND 2100)
) {{.Table}};

-- +goose Down
DROP TABLE authors;
