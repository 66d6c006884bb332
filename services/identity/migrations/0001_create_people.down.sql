DROP TABLE invitations;
DROP TABLE credentials;
DROP TABLE logins;
ALTER TABLE accounts DROP CONSTRAINT accounts_owner_fkey;
DROP TABLE users;
DROP TABLE accounts;
