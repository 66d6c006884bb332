-- $1 account, $2 person: of which generation a token is that is made now.
SELECT users.token_generation AS subject, accounts.token_generation AS account
FROM users JOIN accounts USING (account_id)
WHERE account_id = $1 AND user_id = $2
