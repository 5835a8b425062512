-- KEYS: the bucket. ARGV: now, when a window that begins now ends, how many it allows. 0 allowed, or when the window ends.
local till, value = live(KEYS[1], ARGV[1])
local allowed = tonumber(ARGV[3])
if till and tonumber(value) >= allowed then return till end
if till then
    keep(KEYS[1], string.format('%016.0f', till), string.format('%.0f', tonumber(value) + 1))
    return 0
end
if allowed == 0 then return tonumber(ARGV[2]) end
keep(KEYS[1], ARGV[2], '1')
return 0
