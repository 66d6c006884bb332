#!lua
-- A person takes a call.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 call; 4 leg; 5 person; 6 epoch; 7 fence;
--       8 lease, ms; 9 traceparent; 10… the others who were offered the call
-- Returns { epoch, fence, withdrawn call… }: the person's other calls that rang.
-- Refuses: PARTITION_OPENING, OFFER_GONE, PERSON_BUSY <call>, TOKEN_STALE.
-- Guarantee: the lock, the end of the person's other offers and the freedom of the losers are one
--            step; of all who answer one offer, one wins.
local memory_ms, account, call, leg, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local epoch, fence, lease, traceparent = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local seen = recall(KEYS[1])
if seen then
  return seen
end
local floor = open_floor()
if not floor then
  return refuse('PARTITION_OPENING', 'history has changed')
end
local person = settled_person(id, account)
if not person then
  return refuse('OFFER_GONE', call)
end
local is = person.is
local offer_epoch, offer_fence = offer_token(person, call)
if not offer_epoch then
  if is.lock_call and is.lock_call ~= call then
    return refuse('PERSON_BUSY', is.lock_call)
  end
  return refuse('OFFER_GONE', call)
end
if is_older(epoch, fence, offer_epoch, offer_fence) then
  return refuse('TOKEN_STALE', call)
end
if epoch ~= offer_epoch or fence ~= offer_fence then
  -- Later than anything granted here: the offer was lost with a server's last writes.
  return refuse('OFFER_GONE', call)
end

person.offers[call] = nil
local withdrawn = sorted_names(person.offers)
person.offers = {}
local new_epoch, new_fence = next_token(floor)
set_lock(person, call, leg, PHASE.on_call, new_epoch, new_fence, now + lease)
is.misses, is.not_responding = nil, nil
is.calls_today = whole((is.calls_today or 0) + 1)
note(person, CAUSE.answered, call)

local people = { person }
for place = 10, #ARGV do
  local loser = ARGV[place] ~= id and settled_person(ARGV[place], account)
  if loser then
    people[#people + 1] = loser
    if drop_offer(loser, call) then
      note(loser, CAUSE.withdrawn, call)
    end
  end
end
close_floor(floor)
note_lease(lease)
commit(people, nil, traceparent)
return remember(KEYS[1], memory_ms, { new_epoch, new_fence, unpack(withdrawn) })
