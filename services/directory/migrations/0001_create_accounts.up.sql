-- What directory keeps of a company: a copy of the settings that plans depend on, and the version
-- of its plan. Its row is also the lock that writes to one account queue at, so that checks across
-- resources (loops, use) see what they decide about.

CREATE TABLE accounts (
    account_id   uuid        NOT NULL PRIMARY KEY,
    plan_version bigint      NOT NULL CHECK (plan_version >= 0),
    time_zone    text        NOT NULL,
    country_code text        NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    checked_at   timestamptz NOT NULL
);
