DROP TABLE links;
DROP TABLE resources;
