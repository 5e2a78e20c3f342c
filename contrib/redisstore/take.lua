-- Takes one token from the bucket KEYS[1], which holds one number: when the
-- bucket will be full again, in microseconds since 1970. ARGV: a token's time,
-- and that of a whole bucket. Answers with: allowed (1 or 0), how long to wait if
-- not, how long until the bucket is full.
local interval, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then
	if not string.find(held.err, 'WRONGTYPE') then
		return held
	end
	held = nil -- a value of another type is not a bucket: it is replaced
end
held = tonumber(held) or now

-- Never in the past, nor beyond a whole bucket: the quota may have been made smaller,
-- or the clock set back. In this order a NaN is lost.
local full = math.min(math.max(now, held), now + room)
local next, wait = full + interval, full + interval - now - room
if wait <= 0 then
	full = next
end
-- What was moved is stored also if the request is not allowed: else it would move along
-- with the clock, and the client wait for ever.
if wait <= 0 or full < held then
	redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
if wait > 0 then
	return {0, wait, full - now}
end
return {1, 0, full - now}
