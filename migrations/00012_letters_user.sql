-- +goose Up

-- What somebody was written, for who wants to see it.
CREATE INDEX letters_user_id ON letters (user_id, id);
