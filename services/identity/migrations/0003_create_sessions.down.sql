DROP TABLE stray_sign_ins;
DROP TABLE sessions;
