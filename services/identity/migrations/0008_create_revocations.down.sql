ALTER TABLE accounts DROP COLUMN token_generation;
ALTER TABLE users DROP COLUMN token_generation;
DROP TABLE revocations;
