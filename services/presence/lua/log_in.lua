#!lua
-- A dynamic member joins or leaves a queue.
-- KEYS: 1 the operation's memory
-- ARGV: 1 how long to remember, ms; 2 account; 3 person; 4 queue; 5 '1' joins, '0' leaves;
--       6 traceparent
-- Returns the person's fields and values.
-- Refuses: PERSON_UNKNOWN, QUEUE_UNKNOWN, NOT_A_MEMBER.
local memory_ms, account, id, queue = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local joins, traceparent = ARGV[5] == '1', ARGV[6]

local person = settled_person(id, account)
if not person or person.is.gone then
  return refuse('PERSON_UNKNOWN', id)
end
if redis.call('HGET', presence_key('queue', queue), 'account') ~= account then
  return refuse('QUEUE_UNKNOWN', queue)
end
if not string.match(person.is.queues or '', queue .. ' %d 1 ') then
  return refuse('NOT_A_MEMBER', queue)
end
if not recall(KEYS[1]) then
  if joins ~= (person.logins[queue] ~= nil) then
    person.logins[queue] = joins and '1' or nil
    note(person, CAUSE.membership, nil, queue)
  end
  commit({ person }, id, traceparent)
  remember(KEYS[1], memory_ms, 1)
end
return redis.call('HGETALL', person.key)
