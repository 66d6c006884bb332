DROP TABLE absences;
ALTER TABLE accounts DROP COLUMN suspended;
