DROP TABLE supervised;
DROP TABLE grants;
