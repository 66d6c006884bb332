-- index: who can be chosen for each queue, best first.
--
--   presence:ready:<que>      people who can take a call of the queue now; the head is the choice
--   presence:attending:<que>  people logged in and neither OFFLINE nor OFF_WORK, free or not

local TIER = 1e14

-- The rank within a tier, below 1e14, by strategy.
local RANK = {
  -- LONGEST_IDLE: the earliest end of a last call; who never had one comes first.
  ['1'] = function(is) return tonumber(is.last_call_end or 0) end,
  -- ROUND_ROBIN: the earliest last turn, then list order.
  ['2'] = function(_, order, turn) return (turn or 0) * 10000 + order end,
  -- LEAST_CALLS: the fewest today, then the longest idle, by the second.
  ['3'] = function(is)
    local calls = math.min(tonumber(is.calls_today or 0), 9999)
    return calls * 1e10 + math.floor((is.last_call_end or 0) / 1000)
  end,
  -- LINEAR: list order.
  ['4'] = function(_, order) return tonumber(order) end,
  -- RANDOM: all the same; the lot is drawn when somebody is chosen.
  ['5'] = function() return 0 end,
}

-- What the indexes must hold of the person: '<que> <score>;' and '<que>;' for each queue.
local function index_entries(person)
  local is = person.is
  local ready, attends = {}, {}
  if is.queues and is.state ~= STATE.offline and is.state ~= STATE.off_work then
    local each = '(que_%w+) (%d) (%d) (%d) (%d+);'
    for queue, tier, dynamic, strategy, order in string.gmatch(is.queues, each) do
      if dynamic == '0' or person.logins[queue] then
        attends[#attends + 1] = queue .. ';'
        if is.state == STATE.available then
          local rank = RANK[strategy](is, order, person.turns[queue])
          ready[#ready + 1] = queue .. ' ' .. whole(tier * TIER + rank) .. ';'
        end
      end
    end
  end
  return table.concat(ready), table.concat(attends)
end

local function is_ready_in(person, queue)
  local ready = index_entries(person)
  return string.find(ready, queue .. ' ', 1, true) ~= nil
end

-- Makes the ready indexes hold `new` instead of `old`. Adds queues that gained somebody to woken.
local function move_ready(id, old, new, woken)
  local gone = {}
  for queue in string.gmatch(old, '(que_%w+) ') do
    gone[queue] = true
  end
  for queue, score in string.gmatch(new, '(que_%w+) (%d+);') do
    redis.call('ZADD', presence_key('ready', queue), score, id)
    if not gone[queue] then
      woken[queue] = true
    end
    gone[queue] = nil
  end
  for queue in pairs(gone) do
    redis.call('ZREM', presence_key('ready', queue), id)
  end
end

local function move_attending(id, old, new)
  local gone = {}
  for queue in string.gmatch(old, '(que_%w+);') do
    gone[queue] = true
  end
  for queue in string.gmatch(new, '(que_%w+);') do
    if not gone[queue] then
      redis.call('SADD', presence_key('attending', queue), id)
    end
    gone[queue] = nil
  end
  for queue in pairs(gone) do
    redis.call('SREM', presence_key('attending', queue), id)
  end
end
