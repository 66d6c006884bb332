-- $1 account. The generation of tokens that are made from now on.
UPDATE accounts SET token_generation = token_generation + 1
WHERE account_id = $1
RETURNING token_generation
