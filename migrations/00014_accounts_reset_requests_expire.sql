-- +goose Up

-- To find those whose job was given up.
CREATE INDEX reset_requests_created_at ON reset_requests (created_at);
