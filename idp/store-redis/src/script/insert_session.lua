-- KEYS: the session. ARGV: until, its text. Whether there was none.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
keep(KEYS[1], ARGV[1], ARGV[2])
return 1
