DROP TABLE dialled_numbers;
DROP TABLE numbers;
