DROP TABLE sign_in_challenges;
DROP TABLE recovery_codes;
DROP TABLE totp_enrolments;
DROP TABLE totp_factors;
ALTER TABLE accounts DROP COLUMN second_factor_roles;
