#!lua flags=allow-oom
-- A person's call has ended; their rest begins.
-- KEYS: 1 the person
-- ARGV: 1 account; 2 person; 3 call; 4 epoch; 5 fence; 6 wrap-up, ms; 7 queue or ''; 8 traceparent
-- Returns 1 if the call held the person, else 0.
-- Guarantee: idempotent by the token, which holds one lock once; a later call is not touched.
local account, id, call = ARGV[1], ARGV[2], ARGV[3]
local epoch, fence, wrap_up, queue, traceparent = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]

local person = load_person(id, account)
if not person then
  return 0
end
local is = person.is
if is.lock_call ~= call or is.lock_epoch ~= epoch or is.lock_fence ~= fence then
  return 0
end
-- Before anything that is due: a hang-up that comes with the end of the lease is a hang-up.
local was_on_call = is.lock_phase == PHASE.on_call
clear_lock(person)
if was_on_call then
  is.last_call_end = whole(now)
  if tonumber(wrap_up) > 0 and not is.gone then
    is.wrap_until, is.wrap_call = whole(now + wrap_up), call
    is.wrap_queue = queue ~= '' and queue or nil
  else
    begin_next_mode(person)
  end
end
note(person, CAUSE.released, call, queue)
settle(person)
commit({ person }, nil, traceparent)
return 1
