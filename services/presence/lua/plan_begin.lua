#!lua
-- Begins to apply a plan: from here on older plans of the account are refused.
-- KEYS: 1 the account
-- ARGV: 1 account; 2 version; 3… queue, strategy, …
-- Returns 1.
-- Refuses: PLAN_STALE.
-- Guarantee: queues of the plan exist after it, queues that left the plan do not.
local account, version = ARGV[1], tonumber(ARGV[2])

local wanted = tonumber(redis.call('HGET', KEYS[1], 'wanted') or 0)
if wanted > version then
  return refuse('PLAN_STALE', whole(wanted))
end
redis.call('HSET', KEYS[1], 'wanted', whole(version))
redis.call('SADD', tag .. ':presence:accounts', account)

local queues_key = presence_key('queues', account)
local left = {}
for _, queue in ipairs(redis.call('SMEMBERS', queues_key)) do
  left[queue] = true
end
for place = 3, #ARGV, 2 do
  local queue = ARGV[place]
  redis.call('HSET', presence_key('queue', queue), 'account', account, 'strategy', ARGV[place + 1])
  redis.call('SADD', queues_key, queue)
  left[queue] = nil
end
for queue in pairs(left) do
  redis.call('DEL', presence_key('queue', queue))
  redis.call('SREM', queues_key, queue)
end
return 1
