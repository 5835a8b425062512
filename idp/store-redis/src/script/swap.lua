-- KEYS: the key. ARGV: now, until, the expected value, the new one. 0 swapped, 1 conflict, 2 gone.
local till, value = live(KEYS[1], ARGV[1])
if not till then return 2 end
if value ~= ARGV[3] then return 1 end
keep(KEYS[1], ARGV[2], ARGV[4])
return 0
