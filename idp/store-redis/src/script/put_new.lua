-- KEYS: the key. ARGV: now, until, value. Whether there was none.
if live(KEYS[1], ARGV[1]) then return 0 end
keep(KEYS[1], ARGV[2], ARGV[3])
return 1
