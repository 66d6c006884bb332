-- The device of a session, as its token names it: a lost answer to Refresh is given
-- again to that device wherever it is by then. NULL in sessions from before.
ALTER TABLE sessions ADD COLUMN device bytea CHECK (octet_length(device) = 16);
