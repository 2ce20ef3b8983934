"""Compare the speed of Lua programs here, on PUC Lua 5.1 and on LuaJIT (the two through lupa), in
one process.

Usage: python benchmarks/lua_speed.py [name …] [--rounds N]. Prints milliseconds (best of N) and the
ratios; the last lines are the geometric means. Aim: at most 4× PUC Lua in the mean, no line above
8× (coroutines 20×).
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, str] = {
    "loop": "local s = 0 for i = 1, 100000 do s = s + i % 7 end return s",
    "while": "local i, s = 0, 0 while i < 50000 do i = i + 1 if i % 3 == 0 then s = s + i end end return s",
    "calls": """
        local function add(a, b) return a + b end
        local s = 0 for i = 1, 30000 do s = add(s, i) end return s""",
    "global calls": """
        function gadd(a, b) return a + b end
        local s = 0 for i = 1, 30000 do s = gadd(s, i) end return s""",
    "library calls": """
        local s = 0 for i = 1, 20000 do s = s + math.floor(i / 3) + math.max(i, 5) end return s""",
    "methods": """
        local Account = {} Account.__index = Account
        function Account.new(b) return setmetatable({balance = b}, Account) end
        function Account:deposit(v) self.balance = self.balance + v end
        function Account:get() return self.balance end
        local a = Account.new(0)
        for i = 1, 15000 do a:deposit(i) a:get() end return a:get()""",
    "inheritance": """
        local Base = {} Base.__index = Base
        function Base:area() return self.w * self.h end
        local Square = setmetatable({}, {__index = Base}) Square.__index = Square
        local s = 0
        for i = 1, 8000 do local q = setmetatable({w = i, h = 2}, Square) s = s + q:area() end
        return s""",
    "array read": """
        local t = {} for i = 1, 1000 do t[i] = i end
        local s = 0 for r = 1, 50 do for i = 1, #t do s = s + t[i] end end return s""",
    "array write": "local t = {} for r = 1, 10 do for i = 1, 3000 do t[i] = r + i end end return #t",
    "field access": """
        local p = {x = 1, y = 2, z = 3}
        for i = 1, 30000 do p.x = p.y + p.z p.y = p.x - p.z end return p.x""",
    "hash keys": """
        local t = {} for i = 1, 5000 do t["k" .. i % 100] = i end
        local s = 0 for k, v in pairs(t) do s = s + v end return s""",
    "pairs": """
        local t = {} for i = 1, 500 do t[i] = i end for i = 1, 100 do t["k" .. i] = i end
        local s = 0 for r = 1, 30 do for k, v in pairs(t) do s = s + v end end return s""",
    "ipairs": """
        local t = {} for i = 1, 1000 do t[i] = i end
        local s = 0 for r = 1, 30 do for i, v in ipairs(t) do s = s + v end end return s""",
    "closures": """
        local function counter() local n = 0 return function() n = n + 1 return n end end
        local s = 0 for i = 1, 3000 do local c = counter() c() s = s + c() end return s""",
    "varargs": """
        local function sum(...) local s = 0 for i = 1, select('#', ...) do s = s + (select(i, ...)) end return s end
        local s = 0 for i = 1, 3000 do s = s + sum(i, 2, 3, 4) end return s""",
    "pcall": """
        local s = 0 for i = 1, 8000 do local ok, v = pcall(function(a) return a end, i) s = s + v end return s""",
    "string build": """
        local s = "" for i = 1, 8000 do s = s .. "x" end
        local t = {} for i = 1, 8000 do t[#t + 1] = "n" .. i end return #s + #table.concat(t, ",")""",
    "string methods": """
        local s, n = ("abcdefghij"):rep(20), 0
        for r = 1, 20 do for i = 1, #s do if s:sub(i, i) == "e" then n = n + 1 end n = n + s:byte(i) % 2 end end
        return n""",
    "gsub gmatch": """
        local text = ("the quick brown fox jumps over the lazy dog "):rep(20)
        local n = 0
        for r = 1, 5 do
          for w in text:gmatch("%a+") do n = n + #w end
          local u = text:gsub("o", "0") n = n + #u
          u = text:gsub("(%w+)", function(w) return w:upper() end) n = n + #u
        end
        return n""",
    "word count": """
        local text, count = ("a bb ccc a bb a "):rep(100), {}
        for w in text:gmatch("%S+") do count[w] = (count[w] or 0) + 1 end
        return count.a""",
    "sort": """
        local t, x = {}, 42
        for i = 1, 2000 do x = (x * 1103515245 + 12345) % 2147483648 t[i] = x end
        table.sort(t) table.sort(t, function(a, b) return a > b end) return t[1]""",
    "insert remove": """
        local t = {} for i = 1, 5000 do table.insert(t, i) end
        local s = 0 for i = 1, 5000 do s = s + table.remove(t) end return s""",
    "fib": """
        local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        return fib(20)""",
    "fib global": """
        function gfib(n) if n < 2 then return n end return gfib(n - 1) + gfib(n - 2) end
        return gfib(19)""",
    "tak": """
        local function tak(x, y, z) if y >= x then return z end
          return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) end
        return tak(12, 8, 4)""",
    "sieve": """
        local n = 0
        for r = 1, 2 do
          local flags = {} for i = 2, 8000 do flags[i] = true end
          n = 0
          for i = 2, 8000 do if flags[i] then n = n + 1 for k = i + i, 8000, i do flags[k] = false end end end
        end
        return n""",
    "matmul": """
        local n = 24
        local function make() local m = {} for i = 1, n do local r = {} for j = 1, n do r[j] = i + j / 2 end m[i] = r end return m end
        local a, b, c = make(), make(), {}
        for i = 1, n do local ci, ai = {}, a[i] for j = 1, n do local s = 0
          for k = 1, n do s = s + ai[k] * b[k][j] end ci[j] = s end c[i] = ci end
        return c[n][n]""",
    "mandelbrot": """
        local n, count = 40, 0
        for py = 0, n - 1 do for px = 0, n - 1 do
          local cr, ci, zr, zi, i = 2.0 * px / n - 1.5, 2.0 * py / n - 1.0, 0.0, 0.0, 0
          while i < 50 and zr * zr + zi * zi < 4.0 do zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci i = i + 1 end
          count = count + i
        end end
        return count""",
    "nbody": """
        local sqrt = math.sqrt
        local bodies = {
          {x=0,y=0,z=0,vx=0,vy=0,vz=0,mass=39.47},
          {x=4.84,y=-1.16,z=-0.10,vx=0.6,vy=2.81,vz=-0.02,mass=0.037},
          {x=8.34,y=4.12,z=-0.4,vx=-1.01,vy=1.82,vz=0.008,mass=0.011},
          {x=12.89,y=-15.11,z=-0.22,vx=1.08,vy=0.86,vz=-0.01,mass=0.0017},
          {x=15.37,y=-25.9,z=0.179,vx=0.979,vy=0.594,vz=-0.034,mass=0.002}}
        local function advance(bodies, nbody, dt)
          for i = 1, nbody do
            local bi = bodies[i]
            local bix, biy, biz, bimass = bi.x, bi.y, bi.z, bi.mass
            local bivx, bivy, bivz = bi.vx, bi.vy, bi.vz
            for j = i + 1, nbody do
              local bj = bodies[j]
              local dx, dy, dz = bix - bj.x, biy - bj.y, biz - bj.z
              local dist2 = dx * dx + dy * dy + dz * dz
              local mag = sqrt(dist2)
              mag = dt / (mag * dist2)
              local bm = bj.mass * mag
              bivx = bivx - (dx * bm) bivy = bivy - (dy * bm) bivz = bivz - (dz * bm)
              bm = bimass * mag
              bj.vx = bj.vx + (dx * bm) bj.vy = bj.vy + (dy * bm) bj.vz = bj.vz + (dz * bm)
            end
            bi.vx = bivx bi.vy = bivy bi.vz = bivz
            bi.x = bix + dt * bivx bi.y = biy + dt * bivy bi.z = biz + dt * bivz
          end
        end
        for i = 1, 300 do advance(bodies, 5, 0.01) end
        return bodies[1].x""",
    "spectral norm": """
        local function A(i, j) local ij = i + j - 1 return 1.0 / (ij * (ij - 1) * 0.5 + i) end
        local function Av(x, y, N) for i = 1, N do local a = 0 for j = 1, N do a = a + x[j] * A(i, j) end y[i] = a end end
        local function Atv(x, y, N) for i = 1, N do local a = 0 for j = 1, N do a = a + x[j] * A(j, i) end y[i] = a end end
        local N = 20
        local u, v, t = {}, {}, {} for i = 1, N do u[i] = 1 end
        for i = 1, 5 do Av(u, t, N) Atv(t, v, N) Av(v, t, N) Atv(t, u, N) end
        local vBv, vv = 0, 0
        for i = 1, N do local ui, vi = u[i], v[i] vBv = vBv + ui * vi vv = vv + vi * vi end
        return math.sqrt(vBv / vv)""",
    "fannkuch": """
        local function fannkuch(n)
          local p, q, s, sign, maxflips, sum = {}, {}, {}, 1, 0, 0
          for i = 1, n do p[i] = i q[i] = i s[i] = i end
          repeat
            local q0 = p[1]
            if q0 ~= 1 then
              for i = 2, n do q[i] = p[i] end
              local flips = 1
              while true do
                local qq = q[q0]
                if qq == 1 then sum = sum + sign * flips if flips > maxflips then maxflips = flips end break end
                q[q0] = q0
                if q0 >= 4 then local i, j = 2, q0 - 1 repeat q[i], q[j] = q[j], q[i] i = i + 1 j = j - 1 until i >= j end
                q0 = qq flips = flips + 1
              end
            end
            if sign == 1 then p[1], p[2] = p[2], p[1] sign = -1
            else p[2], p[3] = p[3], p[2] sign = 1
              for i = 3, n do
                local sx = s[i]
                if sx ~= 1 then s[i] = sx - 1 break end
                if i == n then return sum + maxflips end
                s[i] = i
                local t = p[1] for j = 1, i do p[j] = p[j + 1] end p[i + 1] = t
              end
            end
          until false
        end
        return fannkuch(6)""",
    "binary trees": """
        local function bottom_up(depth)
          if depth == 0 then return {} end
          return {bottom_up(depth - 1), bottom_up(depth - 1)}
        end
        local function check(tree) if tree[1] then return 1 + check(tree[1]) + check(tree[2]) end return 1 end
        return check(bottom_up(11))""",
    "queens": """
        local N, count = 6, 0
        local function ok(a, n, c) for i = 1, n - 1 do
          if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
        local function add(a, n) if n > N then count = count + 1 else
          for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1) end end end end
        add({}, 1) return count""",
    "coroutines": """
        local co = coroutine.wrap(function() for i = 1, 3000 do coroutine.yield(i) end return 0 end)
        local s = 0 for i = 1, 3000 do s = s + co() end return s""",
    "coroutine creation": """
        local s = 0
        for i = 1, 300 do local co = coroutine.create(function(a) local b = coroutine.yield(a) return b end)
          local _, x = coroutine.resume(co, i) local _, y = coroutine.resume(co, x) s = s + y end
        return s""",
}
EXCEPTIONS = {"coroutines": 20.0, "coroutine creation": 20.0}


def best(function: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Return the least processor time of a call in milliseconds, and the call's result."""
    least = math.inf
    result = None
    for _ in range(rounds):
        start = time.thread_time()
        result = function()
        least = min(least, time.thread_time() - start)
    return least * 1e3, result


def oracle(module: Any) -> Callable[[str], Callable[[], Any]]:
    """Return what turns a program into a function that runs it on a real Lua."""
    lua = module.LuaRuntime()
    return lambda source: lua.eval("function(s) return assert(loadstring(s)) end")(source)


def compare(names: list[str], rounds: int) -> None:
    """Run the programs on all three and print the table."""
    import lupa.lua51
    import lupa.luajit21

    from th7shell.lua.interpreter import Interpreter

    ours = Interpreter()
    puc, jit = oracle(lupa.lua51), oracle(lupa.luajit21)
    ratios: list[tuple[float, float]] = []
    print(f"{'program':20s} {'here':>9s} {'PUC':>9s} {'LuaJIT':>9s} {'/PUC':>7s} {'/JIT':>7s}")
    for name in names or list(PROGRAMS):
        source = PROGRAMS[name]
        gc.collect()
        mine, result = best(ours.load(source, "=" + name), rounds)
        theirs, expected = best(puc(source), rounds)
        fast, _ = best(jit(source), rounds)
        if abs(result - expected) > 1e-9 * abs(expected):
            raise SystemExit(f"{name}: {result} here, {expected} on PUC Lua")
        ratios.append((mine / theirs, mine / fast))
        mark = " <" if ratios[-1][0] > EXCEPTIONS.get(name, 8.0) else ""
        print(
            f"{name:20s} {mine:9.2f} {theirs:9.2f} {fast:9.2f} {ratios[-1][0]:7.1f} {ratios[-1][1]:7.1f}{mark}"
        )
    means = [math.exp(sum(math.log(r[i]) for r in ratios) / len(ratios)) for i in range(2)]
    print(f"geometric mean: {means[0]:.2f} times PUC Lua 5.1, {means[1]:.1f} times LuaJIT")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="programs (all by default)")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    threading.stack_size(256 << 20)
    sys.setrecursionlimit(200000)
    thread = threading.Thread(target=compare, args=(options.names, options.rounds))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
