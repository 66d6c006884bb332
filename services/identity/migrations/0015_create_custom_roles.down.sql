DROP TABLE custom_grants;
DROP TABLE custom_roles;
