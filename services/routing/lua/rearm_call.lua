#!lua
-- Moves the timer of a call that has nothing to do yet.
-- KEYS: 1 the call; 2 the partition's timers
-- ARGV: 1 call id; 2 the version that was looked at; 3 deadline, ms, or '' for none
-- Returns 1, or 0 if the call has changed meanwhile, which set its timer.
-- Guarantee: never touches the timer of another version.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then
  return 0
end
if ARGV[3] == '' then
  timers.cancel(KEYS[2], ARGV[1])
else
  timers.arm(KEYS[2], ARGV[1], ARGV[3])
end
return 1
