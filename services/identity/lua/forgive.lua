#!lua flags=allow-oom
-- Takes attempts back that turned out to be honest.
-- KEYS: 1 the bucket
-- ARGV: 1 'all' to empty the bucket, 'one' to take one attempt out of it
-- Returns 1.
-- Guarantee: the count never falls below zero. Twice 'all' is once; a repeated 'one' forgives one
-- attempt too many, which the next attempt makes up for.
if ARGV[1] == 'all' then
  redis.call('DEL', KEYS[1])
elseif (tonumber(redis.call('HGET', KEYS[1], 'count')) or 0) > 0 then
  redis.call('HINCRBY', KEYS[1], 'count', -1)
end
return 1
