#!lua flags=allow-oom
-- Gives a lease back.
-- KEYS: 1 the lease
-- ARGV: 1 its token
-- Returns 1, or 0 if the lease is over or somebody else's.
-- Guarantee: never ends the lease of another owner.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
