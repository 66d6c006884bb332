-- epoch: whether grants may be made on this history of writes, and the tokens that order them.

local epoch_key = tag .. ':presence:epoch'

-- The open floor, or nil: the server's history is not the one the partition was opened under.
local function open_floor()
  local kept = redis.call('HMGET', epoch_key, 'history', 'epoch', 'fence')
  if not kept[1] or kept[1] ~= replication_id() then
    return nil
  end
  return { epoch = kept[2], fence = tonumber(kept[3]) }
end

-- The next token of the floor: returns the epoch and the fence, as text.
local function next_token(floor)
  floor.fence = floor.fence + 1
  return floor.epoch, whole(floor.fence)
end

-- Keeps the fence, once a script, with the other writes.
local function close_floor(floor)
  redis.call('HSET', epoch_key, 'fence', whole(floor.fence))
end

-- The longest lease of a live call in this epoch: what a later opener has to wait out.
local function note_lease(lease_ms)
  local longest = tonumber(redis.call('HGET', epoch_key, 'longest_lease') or 0)
  if tonumber(lease_ms) > longest then
    redis.call('HSET', epoch_key, 'longest_lease', lease_ms)
  end
end

local function is_older(epoch, fence, than_epoch, than_fence)
  epoch, than_epoch = tonumber(epoch), tonumber(than_epoch)
  if epoch ~= than_epoch then
    return epoch < than_epoch
  end
  return tonumber(fence) < tonumber(than_fence)
end
