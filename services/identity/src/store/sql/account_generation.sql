-- $1 account: of which generation a service key's token is that is made now.
SELECT token_generation AS account FROM accounts WHERE account_id = $1
