ALTER TABLE sessions DROP COLUMN seen_network;
DROP TABLE sharing_findings;
DROP TABLE sharing_signals;
