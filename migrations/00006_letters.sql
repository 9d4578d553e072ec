-- +goose Up

-- Mail that is to reach somebody. A row is written in the transaction of the
-- act that it tells of, and a job delivers it. The link in it is found at the
-- delivery, so no row holds a token. Once delivered, or given up, the row keeps
-- neither address nor name nor facts. No foreign keys: the letter about the
-- end of an account outlives the account.
CREATE TABLE letters (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    user_id     uuid,
    link_id     uuid,
    message_id  text NOT NULL,
    address     text,
    name        text,
    facts       jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    outcome     text,
    CONSTRAINT letters_outcome CHECK (outcome IN ('sent', 'void', 'abandoned')),
    CONSTRAINT letters_erased CHECK (
        (finished_at IS NULL AND outcome IS NULL AND address IS NOT NULL AND name IS NOT NULL AND facts IS NOT NULL) OR
        (finished_at IS NOT NULL AND outcome IS NOT NULL AND address IS NULL AND name IS NULL AND facts IS NULL))
);
CREATE INDEX letters_finished_at ON letters (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX letters_waiting ON letters (created_at) WHERE finished_at IS NULL;
