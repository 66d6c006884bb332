DROP TABLE offsets;
