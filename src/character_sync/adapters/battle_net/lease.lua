-- One exchange between a process and the budget that all processes of a client id share. Atomic; Redis' own time.
--
-- A permit lets one request leave in any second. It is a member of the sorted set `permits`, whose score is the time
-- in microseconds from which it may be used again. Leasing gives it a new name and the score it would have if its
-- request left as late as it could; telling when it left, under that name, brings the score forward. So there are
-- always exactly as many permits as the limit, whoever dies, and what is told too late is told of nothing.
local permits, state, demands, hours, totals = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = ask.now > 0 and ask.now or time[1] * 1000000 + time[2]
local MINUTE, HOUR = 60000000, 3600000000

local function whole(number) return string.format('%.0f', number) end
local function field(name) return tonumber(redis.call('HGET', state, name) or 0) end
local function set(name, number) redis.call('HSET', state, name, whole(number)) end

-- Nothing is known, or the clock was put back: whatever may still leave on leases we do not know of has left by then.
if now < field('now') - ask.back or redis.call('EXISTS', state) == 0 then
    redis.call('DEL', permits, demands, state)
    set('life', now)
end
now = math.max(now, field('now'))
set('now', now)

local function permit_name()
    return whole(field('life')) .. '-' .. redis.call('HINCRBY', state, 'serial', 1)
end

-- The limit may have been changed. What is added waits like what is new; what goes first is what nobody uses.
local count = redis.call('ZCARD', permits)
for _ = count + 1, ask.limit do
    redis.call('ZADD', permits, whole(now + ask.unknown), permit_name())
end
if count > ask.limit then
    redis.call('ZREMRANGEBYRANK', permits, 0, count - ask.limit - 1)
end

-- What the process has done since it asked last.
for _, told in ipairs(ask.sent) do
    redis.call('ZADD', permits, 'XX', whole(told[2] + ask.second), told[1])
end
for _, told in ipairs(ask.unused) do
    if redis.call('ZADD', permits, 'XX', 'CH', whole(told[2]), told[1]) == 1 then
        redis.call('HINCRBY', hours, told[3], -1)
    end
end
local minute = math.floor(now / MINUTE)
if ask.loose_second > 0 then
    local free = redis.call('ZRANGEBYSCORE', permits, '-inf', whole(now + ask.second), 'LIMIT', 0, ask.loose_second)
    for _, name in ipairs(free) do
        redis.call('ZADD', permits, whole(now + ask.second), name)
    end
end
if ask.loose_hour > 0 then redis.call('HINCRBY', hours, minute, ask.loose_hour) end
for outcome, times in pairs(ask.outcomes) do
    redis.call('HINCRBY', totals, outcome, times)
end

-- A refusal closes the gate for all. Of refusals judged from the same state only the first changes the pace.
if ask.gate > 0 then set('gate', math.max(field('gate'), now + ask.gate)) end
if ask.strike ~= cjson.null and redis.call('HGET', state, 'struck') == (ask.strike.after ~= '' and ask.strike.after or false) then
    set('struck', now)
    set('strikes', ask.strike.strikes)
    redis.call('HSET', state, 'rate', ask.strike.rate)
end
local gate, struck, rate = field('gate'), field('struck'), 1
if struck > 0 then rate = math.min(1, field('rate') + ask.recovery * (now - struck) / 1000000) end
local stretch = math.floor(ask.second * (1 / rate - 1)) -- at half the rate a permit comes back after two seconds

-- What the hour allows: counted in minutes, and in every minute that may hold one of the last hour.
local hour_left, hour_opens = ask.hour, now
if ask.hour > 0 then
    local oldest
    local used = redis.call('HGETALL', hours)
    for i = 1, #used, 2 do
        local begun = tonumber(used[i])
        if (begun + 1) * MINUTE <= now - HOUR - ask.late then
            redis.call('HDEL', hours, used[i])
        else
            hour_left = hour_left - tonumber(used[i + 1])
            oldest = math.min(oldest or begun, begun)
        end
    end
    if hour_left <= 0 then hour_opens = (oldest + 1) * MINUTE + HOUR + ask.late end
end

local until_when = whole(math.floor(now + ask.horizon - stretch))
local free = 0
if gate < now + ask.horizon then free = redis.call('ZCOUNT', permits, '-inf', until_when) end
if ask.hour > 0 then free = math.max(0, math.min(free, hour_left)) end

-- The lowest lane has a pace of its own, or a player would find every second used up; it is slower while players sync. What it
-- has not used of the last second it may use at once; `slow` is up to when it has been given its permits.
local step = ask.second / ask.slow
if ask.want[1] + ask.want[3] + ask.spare > 0 then set('players', now + ask.players) end
if field('players') > now then step = step * ask.beside_players end
local slow = math.max(field('slow'), now - ask.second)
local slow_free = math.floor((now - slow) / step)

-- Who wants how many, in each lane; an entry is {wanted, sessions, got}.
local lanes, mine = {{}, {}, {}}, {}
local waiting = {0, 0, 0}
local function enter(want, is_mine)
    for lane = 1, 3 do
        local entry = {want[2 * lane - 1], want[2 * lane], 0}
        waiting[lane] = waiting[lane] + entry[1]
        if lane == 3 then entry[1] = math.min(entry[1], slow_free) end
        if entry[1] > 0 then table.insert(lanes[lane], entry) end
        if is_mine then mine[lane] = entry end
    end
end
local others = redis.call('HGETALL', demands)
for i = 1, #others, 2 do
    local demand = cjson.decode(others[i + 1])
    if demand[1] < now then
        redis.call('HDEL', demands, others[i])
    elseif others[i] ~= ask.process then
        enter({unpack(demand, 2)}, false)
    end
end
enter(ask.want, true)

-- Divide what is free: the lowest lane first, each session as much as the next; every so many places from below.
local function divide(amount, order)
    for _, lane in ipairs(order) do
        local hungry = lanes[lane]
        while amount > 0.001 and #hungry > 0 do
            local sessions, still = 0, {}
            for _, entry in ipairs(hungry) do sessions = sessions + entry[2] end
            local each, given = amount / sessions, 0
            for _, entry in ipairs(hungry) do
                local part = math.min(entry[1] - entry[3], each * entry[2])
                entry[3] = entry[3] + part
                given = given + part
                if entry[1] - entry[3] > 0.001 then table.insert(still, entry) end
            end
            amount = amount - given
            hungry = still
        end
        lanes[lane] = hungry
    end
    return amount
end
local turn = field('turn')
local low = math.floor((turn + free) / ask.from_below) - math.floor(turn / ask.from_below)
local from_below = {3, 2, 1}
if math.floor(turn / ask.from_below) % 2 == 1 then from_below = {2, 3, 1} end
local over = divide(low, from_below)
over = divide(free - low + over, {1, 2, 3})
local got = mine[1][3] + mine[2][3] + mine[3][3] + math.min(over, ask.spare)
got = math.min(math.ceil(got - 0.01), ask.chunk, free)
if mine[3][3] > 0 and got > 0 then set('slow', slow + math.ceil(mine[3][3] - 0.01) * step) end

local leases = {}
if got > 0 then
    local taken = redis.call('ZRANGEBYSCORE', permits, '-inf', until_when, 'WITHSCORES', 'LIMIT', 0, got)
    for i = 1, #taken, 2 do
        local from = math.max(tonumber(taken[i + 1]) + stretch, gate, now)
        local name = permit_name()
        redis.call('ZREM', permits, taken[i])
        redis.call('ZADD', permits, whole(from + ask.late), name)
        table.insert(leases, {name, from - now})
    end
    redis.call('HINCRBY', state, 'turn', #leases)
    redis.call('HINCRBY', hours, minute, #leases)
    hour_left = hour_left - #leases
end
redis.call('HINCRBY', state, 'asked', 1)

-- When it is worth asking again: when the next permit comes within sight.
local opens = now
local first = redis.call('ZRANGE', permits, 0, 0, 'WITHSCORES')
if #first > 0 then opens = tonumber(first[2]) + stretch end
local again = math.max(0, math.max(opens, gate, hour_opens) - ask.horizon - now)

local wanted = ask.want[1] + ask.want[3] + ask.want[5]
if wanted > 0 then
    local rest, left = {now + again + ask.remembered}, #leases
    for lane = 1, 3 do
        local fewer = math.min(left, ask.want[2 * lane - 1])
        left = left - fewer
        table.insert(rest, ask.want[2 * lane - 1] - fewer)
        table.insert(rest, ask.want[2 * lane])
    end
    for i = 1, #rest do rest[i] = whole(rest[i]) end
    redis.call('HSET', demands, ask.process, '[' .. table.concat(rest, ',') .. ']')
else
    redis.call('HDEL', demands, ask.process)
end

local counted = {}
if ask.look then
    local all = redis.call('HGETALL', totals)
    for i = 1, #all, 2 do counted[all[i]] = tonumber(all[i + 1]) end
end
local since = {after = '', ago = 0, strikes = 0, rate = 1}
if struck > 0 then
    since = {after = whole(struck), ago = now - struck, strikes = field('strikes'), rate = field('rate')}
end
return cjson.encode({
    now = whole(now),
    minute = minute,
    leases = leases,
    again = again,
    gate = math.max(0, gate - now),
    strike = since,
    left_second = redis.call('ZCOUNT', permits, '-inf', whole(now - stretch)),
    left_hour = hour_left,
    waiting = waiting,
    outcomes = {next(counted) and counted},
    asked = field('asked'),
})
