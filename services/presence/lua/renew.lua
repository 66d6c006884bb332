#!lua
-- Renews the locks of live calls; while the partition is opening, puts lost ones back.
-- KEYS: 1 the partition's epoch
-- ARGV: 1 account; 2 lease, ms; 3 traceparent; then for each lock: person, call, epoch, fence
-- Returns for each lock 'HELD', 'LOST', 'RESTORED', or 'WON <call>': it displaced another call.
-- Guarantee: a renewal is one read and one write a lock. On an open floor nothing is put back: what
--            is gone is gone.
local account, lease, traceparent = ARGV[1], ARGV[2], ARGV[3]
local expire = whole(now + lease)
local open = open_floor() ~= nil

-- What the data no longer knows, a live leg does. Connected beats ringing; of two connected calls
-- the older token stays.
local function restore(id, call, epoch, fence)
  local person = load_person(id, account)
  if not person then
    return 'LOST'
  end
  local is = person.is
  local holder, phase = is.lock_call, is.lock_phase
  if is.wrap_call == call then
    return 'LOST'
  end
  if phase == PHASE.on_call and not is_older(epoch, fence, is.lock_epoch, is.lock_fence) then
    return 'LOST'
  end
  person.offers = {}
  is.wrap_until, is.wrap_call, is.wrap_queue = nil, nil, nil
  set_lock(person, call, nil, PHASE.on_call, epoch, fence, expire)
  note(person, CAUSE.answered, call)
  commit({ person }, nil, traceparent)
  return holder and holder ~= call and 'WON ' .. holder or 'RESTORED'
end

local fields = { 'account', 'lock_call', 'lock_epoch', 'lock_fence', 'due' }
local answer = {}
for first = 4, #ARGV, 4 do
  local id, call, epoch, fence = unpack(ARGV, first, first + 3)
  local key = presence_key('person', id)
  local owner, holder, held_epoch, held_fence, due = unpack(redis.call('HMGET', key, unpack(fields)))
  if owner == account and holder == call and held_epoch == epoch and held_fence == fence then
    redis.call('HSET', key, 'lock_expire', expire)
    if tonumber(due or 0) > tonumber(expire) then
      timers.arm(timers_key, id, expire)
      redis.call('HSET', key, 'due', expire)
    end
    answer[#answer + 1] = 'HELD'
  elseif open then
    answer[#answer + 1] = 'LOST'
  else
    answer[#answer + 1] = restore(id, call, epoch, fence)
  end
end
note_lease(lease)
return answer
