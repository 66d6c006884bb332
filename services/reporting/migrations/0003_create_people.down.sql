DROP TABLE group_people;
DROP TABLE person_events;
DROP TABLE people;
