#!lua
-- Chooses the best free person of a queue and holds them for a call.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 queue; 4 call; 5 lease, ms; 6 a random number;
--       7 traceparent; 8… people to avoid while others are free
-- Returns { logged in, person, epoch, fence, expire, device… }, or { logged in }: nobody is free.
-- Refuses: PARTITION_OPENING, QUEUE_UNKNOWN.
-- Guarantee: choosing and holding are one step; O(log n) in the size of the queue. "Nobody" is
--            not remembered: it changed nothing, and a repeat may do better.
local memory_ms, account, queue, call, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local draw, traceparent = ARGV[6], ARGV[7]

local seen = recall(KEYS[1])
if seen then
  return seen
end
local queue_key = presence_key('queue', queue)
local owner, strategy, turn = unpack(redis.call('HMGET', queue_key, 'account', 'strategy', 'turn'))
if owner ~= account then
  return refuse('QUEUE_UNKNOWN', queue)
end
local floor = open_floor()
if not floor then
  return refuse('PARTITION_OPENING', 'history has changed')
end

local avoided = {}
for place = 8, #ARGV do
  avoided[ARGV[place]] = true
end

local ready_key = presence_key('ready', queue)
local touched = {}

-- Only a deadline whose timer is late can make somebody in the index unfit; the commit below
-- takes them out, so that each costs one look once.
local function is_fit(id)
  local person = settled_person(id, account)
  if not person then
    return nil
  end
  touched[#touched + 1] = person
  return is_ready_in(person, queue) and person
end

-- RANDOM draws a rank among the lowest tier and goes round it; all others start at the head.
local start, lowest = 0, 0
if strategy == '5' then
  local head = redis.call('ZRANGE', ready_key, 0, 0, 'WITHSCORES')
  if head[2] then
    local above = (math.floor(head[2] / TIER) + 1) * TIER
    lowest = redis.call('ZCOUNT', ready_key, '-inf', '(' .. whole(above))
    start = draw % lowest
  end
end

local chosen
local last_resort = {}
for attempt = 0, math.huge do
  local rank = attempt < lowest and (start + attempt) % lowest or attempt
  local id = redis.call('ZRANGE', ready_key, rank, rank)[1]
  if not id then
    break
  end
  if avoided[id] then
    last_resort[#last_resort + 1] = id
  else
    chosen = is_fit(id)
    if chosen then
      break
    end
  end
end
for _, id in ipairs(last_resort) do
  chosen = chosen or is_fit(id)
end

local answer = {}
if chosen then
  local epoch, fence = next_token(floor)
  local expire = now + lease
  set_lock(chosen, call, nil, PHASE.offered, epoch, fence, expire)
  chosen.is.last_offered = whole(now)
  note(chosen, CAUSE.offered, call)
  if strategy == '2' then
    turn = whole((turn or 0) + 1)
    chosen.turns[queue] = turn
    redis.call('HSET', queue_key, 'turn', turn)
  end
  close_floor(floor)
  answer = { chosen.id, epoch, fence, whole(expire), unpack(sorted_names(chosen.devices)) }
end
commit(touched, nil, traceparent)
table.insert(answer, 1, redis.call('SCARD', presence_key('attending', queue)))
if chosen then
  remember(KEYS[1], memory_ms, answer)
end
return answer
