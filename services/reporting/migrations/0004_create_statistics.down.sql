DROP TABLE state_days;
DROP TABLE state_quarters;
DROP TABLE queue_quarters;
DROP TABLE person_quarters;
