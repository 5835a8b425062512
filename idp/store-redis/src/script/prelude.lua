-- A stored string opens with the 16 digits of the millisecond at which it is forgotten. The caller's clock decides whether it is still
-- there; this server's clock only cleans up, a minute later, because clocks differ.
local time = redis.call('TIME')
local real = time[1] * 1000 + math.floor(time[2] / 1000)
local slack = 60000

local function lifetime(till)
    return string.format('%.0f', math.max(tonumber(till) - real, 0) + slack)
end

local function keep(key, till, body)
    redis.call('SET', key, till .. body, 'PX', lifetime(till))
end

-- What is stored under a key at a time: when it is forgotten, and the rest.
local function live(key, now)
    local found = redis.call('GET', key)
    if not found then return nil end
    local till = tonumber(string.sub(found, 1, 16))
    if till <= tonumber(now) then return nil end
    return till, string.sub(found, 17)
end
