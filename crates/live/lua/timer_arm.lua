#!lua
-- Arms or moves a timer.
-- KEYS: 1 the timers
-- ARGV: 1 the member; 2 when, ms
-- Returns nothing.
timers.arm(KEYS[1], ARGV[1], tonumber(ARGV[2]))
