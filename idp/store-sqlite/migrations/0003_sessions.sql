-- Access tokens that end with a client's part of a browser session.

ALTER TABLE token_statuses ADD COLUMN sid TEXT;
ALTER TABLE token_revocations ADD COLUMN sid TEXT;
CREATE INDEX token_revocations_by_sid ON token_revocations (sid, sequence);
