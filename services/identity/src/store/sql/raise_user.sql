-- $1 account, $2 person. The generation of tokens that are made from now on.
UPDATE users SET token_generation = token_generation + 1
WHERE account_id = $1 AND user_id = $2
RETURNING token_generation
