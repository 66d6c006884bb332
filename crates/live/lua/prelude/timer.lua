-- timer: deadlines of a service, kept in the partition's sorted set '{pNNN}:<service>:timers'.
local timers = {}

-- Arms or moves a timer, and wakes the owner if it is now the next to fire.
function timers.arm(key, member, at_ms)
  redis.call('ZADD', key, string.format('%.0f', at_ms), member)
  if redis.call('ZRANGE', key, 0, 0)[1] == member then
    redis.call('PUBLISH', key .. ':wake', '')
  end
end

-- Returns 1 if there was one.
function timers.cancel(key, member)
  return redis.call('ZREM', key, member)
end
