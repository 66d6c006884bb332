#!lua
-- A plan has been applied to everybody.
-- KEYS: 1 the account
-- ARGV: 1 version
-- Returns the version applied, which may be a later one.
local applied = tonumber(redis.call('HGET', KEYS[1], 'applied') or 0)
if tonumber(ARGV[1]) > applied then
  applied = tonumber(ARGV[1])
  redis.call('HSET', KEYS[1], 'applied', whole(applied))
end
return applied
