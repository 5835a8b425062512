-- KEYS: the index. ARGV: until, the entry, how many entries there may be (0: any number). Whether there was room. Entries that ended a
-- day before this one will are dropped; whoever reads compares the rest with its own clock.
local till, entry, limit = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', till - 86400000))
if limit > 0 and redis.call('ZCARD', KEYS[1]) >= limit and not redis.call('ZSCORE', KEYS[1], entry) then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', till), entry)
local wanted = lifetime(till)
if redis.call('PTTL', KEYS[1]) < tonumber(wanted) then redis.call('PEXPIRE', KEYS[1], wanted) end
return 1
