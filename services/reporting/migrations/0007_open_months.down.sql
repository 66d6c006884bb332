DROP FUNCTION open_month(date);
DROP FUNCTION first_call_id(date);
