DROP TABLE ring_groups;
