#!lua flags=allow-oom
-- A person lets an offer pass.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 call; 4 person; 5 epoch; 6 fence;
--       7 reason: 1 declined, 2 missed, 3 unreachable; 8 misses in a row allowed, 0 if they do not
--       count; 9 traceparent
-- Returns 1 if the person is not responding now, else 0.
-- Guarantee: only the offer with this very token ends; one that is gone is no error.
local memory_ms, account, call, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local epoch, fence, reason, max_misses, traceparent = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local seen = recall(KEYS[1])
if seen then
  return seen
end
local person = settled_person(id, account)
if not person then
  return 0
end
local is = person.is
local offer_epoch, offer_fence = offer_token(person, call)
if offer_epoch == epoch and offer_fence == fence then
  drop_offer(person, call)
  local cause = reason == '1' and CAUSE.declined or CAUSE.missed
  if cause == CAUSE.missed and max_misses ~= '0' then
    local misses = (is.misses or 0) + 1
    is.misses = whole(misses)
    if misses >= tonumber(max_misses) and not is.not_responding then
      is.not_responding = '1'
      cause = CAUSE.not_responding
    end
  end
  note(person, cause, call)
end
commit({ person }, nil, traceparent)
return remember(KEYS[1], memory_ms, is.not_responding and 1 or 0)
