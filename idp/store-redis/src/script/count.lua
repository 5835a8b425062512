-- KEYS: the key. ARGV: now, until. The new count; it ends with its first. -1 where the value is no count.
local till, value = live(KEYS[1], ARGV[1])
if not till then
    keep(KEYS[1], ARGV[2], '1')
    return 1
end
if not string.match(value, '^%d+$') then return -1 end
local count = math.min(tonumber(value) + 1, 4294967295)
keep(KEYS[1], string.format('%016.0f', till), string.format('%.0f', count))
return count
