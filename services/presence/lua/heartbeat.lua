#!lua
-- A device is alive.
-- KEYS: 1 the person
-- ARGV: 1 account; 2 person; 3 device; 4 lease, ms; 5 traceparent; 6 the truncated network that
--       the device is in use in, or ''
-- Returns when the lease ends, ms.
-- Refuses: PERSON_UNKNOWN, PERSON_SUSPENDED, DEVICE_UNKNOWN.
-- Guarantee: only the first heartbeat of a device is a PersonEvent; the others move one field. Two
--            devices in use in two places are a TwoPlacesEvent, at most one a person in five
--            minutes; where a device was in use is forgotten after one.
local account, id, device, lease, traceparent = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local person = load_person(id, account)
if not person or person.is.gone then
  return refuse('PERSON_UNKNOWN', id)
end
if person.is.suspended then
  return refuse('PERSON_SUSPENDED', id)
end
if not string.find(person.is.known_devices or '', device, 1, true) then
  return refuse('DEVICE_UNKNOWN', device)
end
local expire = now + lease
local was_alive = person.devices[device]
-- Before anything that is due: a heartbeat that comes with the end of the lease is a heartbeat.
person.devices[device] = whole(expire)
if not was_alive then
  note(person, CAUSE.connected)
end
settle(person)
commit({ person }, id, traceparent)
note_place(person, device, ARGV[6], traceparent)
return expire
