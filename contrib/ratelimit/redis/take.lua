-- Takes one token from the bucket KEYS[1], which holds one number: when the
-- bucket will be full again, in microseconds since 1970. ARGV: a token's time,
-- and that of a whole bucket. Answers with: allowed (1 or 0), how long to wait if
-- not, how long until the bucket is full.
local interval, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full = tonumber(redis.call('GET', KEYS[1])) or now
-- Never in the past, nor beyond a whole bucket: the quota may have shrunk.
full = math.min(math.max(full, now), now + room)
local wait = full + interval - now - room
if wait > 0 then
	return {0, wait, full - now}
end
full = full + interval
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {1, 0, full - now}
