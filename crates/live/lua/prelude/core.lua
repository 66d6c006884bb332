-- core: time, refusals, the partition.

-- The only clock: milliseconds since 1970, the same for everybody.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The answer of a script that says no. Before the first write, always.
local function refuse(code, text)
  return redis.error_reply(code .. ' ' .. text)
end

-- '{p007}': what every key of this script starts with. Needs one declared key.
local function partition_tag()
  return string.match(KEYS[1], '^{[^}]+}')
end

-- Which history of writes this server is on. Another one after a fail-over or an empty restart.
local function replication_id()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end
