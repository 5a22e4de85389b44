-- The rules of Groundwork as an osm2pgsql style (flex output, osm2pgsql 1.8 and newer).
-- `settings` stands above: schema, layers, units, words; it is written by eo/vector/osm_flex.py from osm_rules.json.
-- Readings of values are those of eo/vector/osm_values.py.

local GEOMETRY_TYPES = { P = 'point', L = 'linestring', A = 'multipolygon' }
-- Points are nodes and lines are ways: told to osm2pgsql, it need not look for other objects there when they change.
local ONLY_TYPE = { P = 'N', L = 'W' }
local IDS = {
    P = { type = 'node', id_column = 'osm_id' },
    L = { type = 'way', id_column = 'osm_id' },
    A = { type = 'any', type_column = 'osm_type', id_column = 'osm_id' },
}
local tables, by_tag = {}, {}

local function columns_of(layer, kind)
    local columns = {
        { column = 'version', sql_type = 'integer' },
        { column = 'osm_ts', sql_type = 'timestamptz' },
        { column = 'name', type = 'text' },
        { column = 'name_en', type = 'text' },
        { column = 'class', type = 'text', not_null = true },
        { column = 'subclass', type = 'text' },
        { column = 'facc', sql_type = 'char(5)' },
        { column = 'ffn', sql_type = 'smallint' },
        { column = 'fun', sql_type = 'smallint' },
    }
    for _, column in ipairs(layer.columns) do
        local is_boolean = column.type == 'boolean'
        columns[#columns + 1] = {
            column = column.name,
            type = is_boolean and 'boolean' or nil,
            sql_type = not is_boolean and column.type or nil,
        }
    end
    if ONLY_TYPE[kind] then
        table.insert(columns, 1, { column = 'osm_type', sql_type = 'char(1)', not_null = true })
    end
    columns[#columns + 1] = { column = 'tags', type = 'jsonb' }
    columns[#columns + 1] = { column = 'geom', type = GEOMETRY_TYPES[kind], projection = 4326, not_null = true }
    return columns
end

for index, layer in ipairs(settings.layers) do
    for _, kind in ipairs(layer.geometries) do
        tables[layer.id .. kind] = osm2pgsql.define_table({
            name = layer.id .. '_' .. string.lower(kind),
            schema = settings.schema,
            ids = IDS[kind],
            columns = columns_of(layer, kind),
        })
    end
    for number, rule in ipairs(layer.rules) do
        rule.number = number
        for _, value in ipairs(rule.first_values) do
            local values = by_tag[rule.first] or {}
            by_tag[rule.first] = values
            local layers = values[value] or {}
            values[value] = layers
            layers[index] = layers[index] or {}
            table.insert(layers[index], rule)
        end
    end
end

-- values ------------------------------------------------------------------------------------------------------------

local function number_of(text)
    local digits, rest = string.match(text, '^%s*(-?%d+%.?%d*)%s*(.*)$')
    if digits == nil then
        return nil, ''
    end
    return tonumber(digits), rest
end

local function quantity(text, units)
    local feet, inches = string.match(text, "^%s*(%d+)'%s*(%d+)\"%s*$")
    if feet and units["'"] then
        return (tonumber(feet) + tonumber(inches) / 12) * units["'"]
    end
    local value, rest = number_of(text)
    if value == nil then
        return nil
    end
    local factor = units[string.lower(string.match(rest, '^(.-)%s*$'))]
    return factor and value * factor
end

local function largest(text)
    local found = nil
    for part in string.gmatch(text, '[^;]+') do
        local value = number_of(part)
        if value and (found == nil or value > found) then
            found = value
        end
    end
    return found
end

local READERS = {
    text = function(text) return text end,
    number = function(text) return (number_of(text)) end,
    integer = function(text) return (number_of(text)) end,
    largest = largest,
    yes_no = function(text) return not settings.no[text] end,
    oneway = function(text) return settings.oneway[text] end,
    paved = function(text) return settings.paved[text] end,
}

local function joined(separator, ...)
    local parts = {}
    for _, part in ipairs({ ... }) do
        if part ~= '' then
            parts[#parts + 1] = part
        end
    end
    return table.concat(parts, separator)
end

local function address(keys, tags)
    local number, street, postcode, city = tags[keys[1]] or '', tags[keys[2]] or '', tags[keys[3]] or '', tags[keys[4]] or ''
    local text = joined(', ', joined(' ', street, number), joined(' ', postcode, city))
    return text ~= '' and text or nil
end

local function key_there(keys, tags)
    for _, key in ipairs(keys) do
        if tags[key] and tags[key] ~= '' then
            return key
        end
    end
    return nil
end

local function read_value(column, tags)
    if column.kind == 'address' then
        return address(column.keys, tags)
    end
    local key = key_there(column.keys, tags)
    if key == nil then
        return nil
    end
    local value
    if READERS[column.kind] then
        value = READERS[column.kind](tags[key])
    else
        value = quantity(tags[key], settings.units[column.kind])
    end
    local limit = settings.largest[column.type]
    if limit == nil or value == nil then
        return value
    end
    if math.abs(value) > limit then
        return nil
    end
    if column.type == 'real' then
        return value
    end
    return string.format('%.0f', value >= 0 and math.floor(value) or math.ceil(value))
end

local function condition(rule, tags)
    if rule.condition then
        return rule.condition
    end
    local found = nil
    for key, value in pairs(tags) do
        local code = settings.conditions[string.match(key, '^[^:]*')]
        if code and not settings.no[value] and (found == nil or code > found) then
            found = code
        end
    end
    return found
end

-- matching ----------------------------------------------------------------------------------------------------------

local function fits(rule, tags)
    for key, values in pairs(rule.when) do
        local value = tags[key]
        if value == nil then
            return false
        end
        if values == '*' then
            if value == 'no' then
                return false
            end
        elseif not values[value] then
            return false
        end
    end
    for key, values in pairs(rule.unless) do
        if tags[key] and values[tags[key]] then
            return false
        end
    end
    return true
end

local function geometry_of(rule, form, tags)
    if form == 'node' then
        return rule.geometries.P and 'P' or nil
    end
    if form == 'relation' then
        return rule.geometries.A and 'A' or nil
    end
    local stays_line = tags.area == 'no' or (rule.closed_as_line and tags.area ~= 'yes')
    if form == 'closed' and rule.geometries.A and not stays_line then
        return 'A'
    end
    return rule.geometries.L and 'L' or nil
end

local function gather(found, layers)
    for index, list in pairs(layers or {}) do
        found[index] = found[index] or {}
        for _, rule in ipairs(list) do
            table.insert(found[index], rule)
        end
    end
end

local function rows(tags, form)
    local found = {}
    for key, value in pairs(tags) do
        local values = by_tag[key]
        if values then
            gather(found, values[value])
            if value ~= 'no' then
                gather(found, values['*'])
            end
        end
    end
    local matches = {}
    for index, candidates in pairs(found) do
        table.sort(candidates, function(a, b) return a.number < b.number end)
        for _, rule in ipairs(candidates) do
            local kind = geometry_of(rule, form, tags)
            if kind and fits(rule, tags) then
                matches[#matches + 1] = { layer = settings.layers[index], rule = rule, kind = kind }
                break
            end
        end
    end
    return matches
end

local function row_of(match, object)
    local tags, rule = object.tags, match.rule
    local decides = tags[rule.decides] and rule.decides or rule.first
    local row = {
        version = object.version,
        osm_ts = object.timestamp and os.date('!%Y-%m-%dT%H:%M:%SZ', object.timestamp) or nil,
        name = tags.name,
        name_en = tags['name:en'] or tags.int_name,
        class = rule.class,
        subclass = tags[decides],
        facc = rule.code,
        ffn = rule.ffn,
        fun = condition(rule, tags),
    }
    local taken = { name = true, ['name:en'] = true }
    for _, column in ipairs(match.layer.columns) do
        row[column.name] = read_value(column, tags)
        if column.kind == 'text' then
            local key = key_there(column.keys, tags)
            if key then
                taken[key] = true
            end
        end
    end
    local left = {}
    for key, value in pairs(tags) do
        if not taken[key] then
            left[key] = value
        end
    end
    row.tags = left
    return row
end

local function insert(object, form, geometry)
    for _, match in ipairs(rows(object.tags, form)) do
        local row = row_of(match, object)
        row.osm_type = ONLY_TYPE[match.kind]
        row.geom = geometry(match.kind)
        if row.geom then
            tables[match.layer.id .. match.kind]:insert(row)
        end
    end
end

function osm2pgsql.process_node(object)
    insert(object, 'node', function() return object:as_point() end)
end

function osm2pgsql.process_way(object)
    insert(object, object.is_closed and 'closed' or 'way', function(kind)
        return kind == 'A' and object:as_polygon() or object:as_linestring()
    end)
end

function osm2pgsql.process_relation(object)
    local type = object.tags.type
    if type == 'multipolygon' or type == 'boundary' then
        object.tags.type = nil
        insert(object, 'relation', function() return object:as_multipolygon() end)
    end
end
