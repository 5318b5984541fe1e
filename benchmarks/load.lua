-- Sends the requests of a file in turn, round and round, and prints what came of it as JSON.
-- The file has each request's length on a line of its own, then the request. Eight number signs
-- in a request become a number that no other request of the run has.

local requests, serials, turn, serial = {}, {}, 0, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for length in function() return file:read("*n") end do
    file:read(1)
    local request = file:read(length)
    local from, to = request:find("########", 1, true)
    if from then
      serials[#requests + 1] = request:sub(to + 1)
      request = request:sub(1, from - 1)
    end
    requests[#requests + 1] = request
  end
  file:close()
end

function request()
  turn = turn % #requests + 1
  local rest = serials[turn]
  if not rest then
    return requests[turn]
  end
  serial = serial + 1
  return requests[turn] .. string.format("%08d", serial) .. rest
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, '
      .. '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
