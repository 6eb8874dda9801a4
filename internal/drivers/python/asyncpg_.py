"""asyncpg: everything prepared and binary, types introspected, cursors, COPY of records."""

import asyncio

import asyncpg
from check import KINDS, UTC, done, equal


async def main():
    conn = await asyncpg.connect()
    for col, want in KINDS.items():
        got = await conn.fetchval(f"SELECT {col} FROM kinds WHERE id = $1", 1)
        equal(got if col != "tz" else got.astimezone(UTC), want, col) if col != "u" else equal(str(got), str(want), col)
        equal(await conn.fetchval(f"SELECT {col} FROM kinds WHERE id = 2"), None, f"NULL {col}")
        equal(await conn.fetchval(f"SELECT id FROM kinds WHERE {col} = $1", want), 1, f"{col} = $1")
    equal(await conn.fetchval("SELECT j FROM kinds WHERE id = 1"), '{"a": [1, 2]}', "json")

    stmt = await conn.prepare("SELECT id, amount, $2::text AS tag FROM orders WHERE customer = $1 AND amount > $3 ORDER BY id")
    equal([p.name for p in stmt.get_parameters()], ["int4", "text", "numeric"], "types of parameters")
    equal([(a.name, a.type.name) for a in stmt.get_attributes()], [("id", "int8"), ("amount", "numeric"), ("tag", "text")], "types of columns")
    equal([r["id"] for r in await stmt.fetch(1, "x", 1)], [10, 11], "a prepared statement")

    async with conn.transaction():
        total = 0
        async for r in conn.cursor("SELECT g FROM generate_series(1, $1) AS t(g)", 500, prefetch=50):
            total += r["g"]
        equal(total, 125250, "cursor")
        cur = await conn.cursor("SELECT g FROM generate_series(1, 10) AS t(g)")
        equal([r["g"] for r in await cur.fetch(4)], [1, 2, 3, 4], "fetch 4")
        equal(await cur.forward(2), 2, "forward")
        equal((await cur.fetchrow())["g"], 7, "fetchrow behind forward")

    equal(await conn.execute("INSERT INTO customers VALUES ($1, $2, $3)", 80, "async", KINDS["dt"]), "INSERT 0 1", "the status of INSERT")
    await conn.executemany("INSERT INTO customers VALUES ($1, $2, $3)", [(81, "b", None), (82, "c", None)])
    await conn.copy_records_to_table("customers", records=[(83, "copied", KINDS["dt"])])
    equal(await conn.fetch("SELECT id FROM customers WHERE id >= 80 ORDER BY id") and await conn.fetchval("SELECT count(*) FROM customers WHERE id >= 80"), 4, "rows")
    equal(await conn.execute("DELETE FROM customers WHERE id >= 80"), "DELETE 4", "the status of DELETE")

    try:
        await conn.fetch("SELECT nosuch FROM customers")
        equal("no error", "42703", "unknown column")
    except asyncpg.UndefinedColumnError as e:
        equal(e.position, "8", "position")
    try:
        await asyncio.wait_for(conn.fetch("SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y)"), 0.5)
        equal("no error", "a timeout", "cancel")
    except asyncio.TimeoutError:
        equal(await conn.fetchval("SELECT 1"), 1, "after a cancel")
    await conn.reset()
    await conn.close()

    async with asyncpg.create_pool(min_size=2, max_size=4) as pool:
        got = await asyncio.gather(*(pool.fetchval("SELECT $1::int", i) for i in range(20)))
        equal(got, list(range(20)), "a pool")
    done()


asyncio.run(main())
