#!lua
-- Extends a lease.
-- KEYS: 1 the lease
-- ARGV: 1 its token; 2 for how long from now, ms
-- Returns 1, or 0 if the lease is over or somebody else's.
-- Guarantee: a lease that ended is never revived, so a token is never good twice.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
