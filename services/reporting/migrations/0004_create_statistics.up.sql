-- Sums by quarter-hour, added to as events arrive, so that no question scans history. Times are
-- whole microseconds: they add up without rounding.

CREATE TABLE person_quarters (
    account_id uuid        NOT NULL,
    person_id  uuid        NOT NULL,
    quarter    timestamptz NOT NULL,
    answered   bigint      NOT NULL,
    missed     bigint      NOT NULL,
    declined   bigint      NOT NULL,
    withdrawn  bigint      NOT NULL,
    rang_us    bigint      NOT NULL,
    talk_us    bigint      NOT NULL,
    hold_us    bigint      NOT NULL,
    wrap_up_us bigint      NOT NULL,
    PRIMARY KEY (account_id, person_id, quarter)
) PARTITION BY RANGE (quarter);

CREATE TABLE queue_quarters (
    account_id       uuid        NOT NULL,
    queue_id         uuid        NOT NULL,
    quarter          timestamptz NOT NULL,
    answered         bigint      NOT NULL,
    missed           bigint      NOT NULL,
    abandoned        bigint      NOT NULL,
    short_abandoned  bigint      NOT NULL,
    in_threshold     bigint      NOT NULL,
    answered_wait_us bigint      NOT NULL,
    wait_us          bigint      NOT NULL,
    longest_us       bigint      NOT NULL,
    talk_us          bigint      NOT NULL,
    hold_us          bigint      NOT NULL,
    wrap_up_us       bigint      NOT NULL,
    PRIMARY KEY (account_id, queue_id, quarter)
) PARTITION BY RANGE (quarter);

CREATE TABLE state_quarters (
    account_id uuid        NOT NULL,
    person_id  uuid        NOT NULL,
    quarter    timestamptz NOT NULL,
    state      smallint    NOT NULL,
    time_us    bigint      NOT NULL,
    PRIMARY KEY (account_id, person_id, quarter, state)
) PARTITION BY RANGE (quarter);

-- Days (UTC) that a person spent in one state from midnight to midnight, kept whole: the month of
-- somebody on leave is thirty rows and not 2880.
CREATE TABLE state_days (
    account_id uuid     NOT NULL,
    person_id  uuid     NOT NULL,
    day        date     NOT NULL,
    state      smallint NOT NULL,
    PRIMARY KEY (account_id, person_id, day, state)
);
