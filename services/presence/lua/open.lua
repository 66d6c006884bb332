#!lua
-- Opens a partition for grants, or says how long it must wait.
-- KEYS: 1 the partition's epoch
-- ARGV: 1 the latest epoch that the caller has seen of this partition, 0 for none; 2 how long to
--       wait when the data does not say, ms
-- Returns { epoch, 0 } when open, { latest epoch known, milliseconds to wait } when not.
-- Guarantee: an epoch is later than every one before it, whatever Redis has lost; between two
--            histories one lease of a live call passes, in which Renew puts the locks back.
local known, default_wait = tonumber(ARGV[1]), tonumber(ARGV[2])

local history = replication_id()
local kept = redis.call('HMGET', KEYS[1],
  'history', 'epoch', 'opening', 'opens_at', 'longest_lease')
local epoch = tonumber(kept[2] or 0)
local latest = math.max(epoch, known)
if kept[1] == history and epoch >= known then
  return { epoch, 0 }
end

local function open_now()
  local next_epoch = math.max(now, latest + 1)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'history', history, 'epoch', whole(next_epoch), 'fence', '0')
  return { next_epoch, 0 }
end

-- Nobody has ever had a lock here: there is nothing to wait for.
if latest == 0 and redis.call('HLEN', KEYS[1]) == 0 then
  return open_now()
end
if kept[3] ~= history then
  local wait = tonumber(kept[5] or default_wait)
  redis.call('HDEL', KEYS[1], 'history')
  redis.call('HSET', KEYS[1], 'opening', history, 'opens_at', whole(now + wait))
  return { latest, wait }
end
local wait = tonumber(kept[4]) - now
if wait > 0 then
  return { latest, wait }
end
return open_now()
