-- KEYS: the session. ARGV: until, the version that must be there, the new one's text. 0 swapped, 1 conflict, 2 gone; 3 swapped, and an
-- index has to be told of another lifetime or holder. A text opens with `version holder` and a line feed.
local found = redis.call('GET', KEYS[1])
if not found then return 2 end
local version, holder = string.match(found, '^(%d+) ([^\n]*)\n', 17)
if version ~= ARGV[2] then return 1 end
keep(KEYS[1], ARGV[1], ARGV[3])
local _, new_holder = string.match(ARGV[3], '^(%d+) ([^\n]*)\n')
if holder == new_holder and string.sub(found, 1, 16) == ARGV[1] then return 0 end
return 3
