"""psycopg 3: both formats, parameters of every type, server-side cursors, COPY, pipelines, errors, cancel."""

import threading
import time

import psycopg
from check import KINDS, UTC, done, equal
from psycopg import errors
from psycopg.types.json import Json

conn = psycopg.connect("", autocommit=True)

for binary in (False, True):
    kind = "binary" if binary else "text"
    cur = conn.cursor(binary=binary)
    for col, want in KINDS.items():
        got = cur.execute(f"SELECT {col} FROM kinds WHERE id = 1").fetchone()[0]
        if col == "tz":
            got = got.astimezone(UTC)
        equal(got, want, f"{kind} {col}")
        equal(cur.execute(f"SELECT {col} FROM kinds WHERE id = 2").fetchone()[0], None, f"{kind} NULL {col}")
    equal(cur.execute("SELECT j FROM kinds WHERE id = 1").fetchone()[0], {"a": [1, 2]}, f"{kind} json")

    # A value that goes in as a parameter comes out as it was.
    for spec in ("%s", "%t", "%b"):
        for col, want in KINDS.items():
            cast = "::int[]" if col == "ia" else ""  # psycopg sends the smallest type of integers that holds them
            row = cur.execute(f"SELECT id FROM kinds WHERE {col} = {spec}{cast}", [want]).fetchone()
            equal(row, (1,), f"{kind} result, {col} = {spec}")

# Parameters whose types only the statement tells.
cur = conn.cursor()
equal(cur.execute("SELECT count(*) FROM orders WHERE customer = ANY(%s)", [[1, 2]]).fetchone()[0], 3, "= ANY(array)")
equal(cur.execute("SELECT id FROM orders ORDER BY id LIMIT %s OFFSET %s", [1, 1]).fetchall(), [(11,)], "LIMIT and OFFSET")
equal(cur.execute("SELECT %s::int + 1", ["41"]).fetchone()[0], 42, "cast parameter")
equal(cur.execute("SELECT %s", ["x"]).fetchone()[0], "x", "a parameter that nothing types")
equal(cur.execute("SELECT coalesce(%s, amount) FROM orders WHERE id = 10", [None]).fetchone()[0] > 0, True, "NULL parameter")

# Writes: one row, many in a pipeline, RETURNING, and what they change in the view.
cur.execute("INSERT INTO orders (id, customer, amount, at, paid, note) VALUES (%s, %s, %s, %s, %s, %s)", [20, 3, 1.5, KINDS["tz"], True, None])
equal(cur.rowcount, 1, "rowcount of INSERT")
cur.executemany("INSERT INTO orders (id, customer, amount) VALUES (%s, %s, %s)", [(21, 3, 2), (22, 3, 3)])
equal(cur.execute("SELECT orders, amount FROM totals WHERE customer = 3").fetchone(), (3, KINDS["d"].__class__("6.50")), "the view after INSERT")
equal(cur.execute("UPDATE orders SET note = %s WHERE id = %s RETURNING id, note", ["x", 21]).fetchall(), [(21, "x")], "RETURNING")
with conn.pipeline():
    a = conn.execute("SELECT 1")
    b = conn.execute("SELECT %s::text", ["b"])
    equal((a.fetchone()[0], b.fetchone()[0]), (1, "b"), "pipeline")
equal(cur.execute("DELETE FROM orders WHERE id >= %s", [20]).rowcount, 3, "rowcount of DELETE")

# A statement that was executed often is prepared on the server.
for i in range(12):
    equal(conn.execute("SELECT %s::bigint * 2", [i], prepare=True).fetchone()[0], 2 * i, "prepared")

# A server-side cursor reads in pieces.
with conn.transaction():
    with conn.cursor(name="many") as many:
        many.itersize = 100
        many.execute("SELECT g FROM generate_series(1, 1000) AS t(g)")
        equal(many.fetchmany(3), [(1,), (2,), (3,)], "fetchmany")
        equal(sum(r[0] for r in many), 500500 - 6, "the rest of the cursor")
equal(sum(1 for _ in conn.cursor().stream("SELECT g FROM generate_series(1, 50) AS t(g)")), 50, "stream")

# COPY in and out, text and binary.
with cur.copy("COPY customers (id, name, since) FROM STDIN") as copy:
    copy.write_row((50, "copy\tin", KINDS["dt"]))
    copy.write_row((51, "null", None))
with cur.copy("COPY (SELECT id, name, since FROM customers WHERE id >= 50 ORDER BY id) TO STDOUT") as copy:
    copy.set_types(["int4", "text", "date"])
    equal(list(copy.rows()), [(50, "copy\tin", KINDS["dt"]), (51, "null", None)], "COPY out")
with cur.copy("COPY customers (id, name, since) FROM STDIN (FORMAT binary)") as copy:
    copy.set_types(["int4", "text", "date"])
    copy.write_row((52, "binary", KINDS["dt"]))
with cur.copy("COPY (SELECT id, name FROM customers WHERE id = 52) TO STDOUT (FORMAT binary)") as copy:
    copy.set_types(["int4", "text"])
    equal(list(copy.rows()), [(52, "binary")], "binary COPY")
cur.execute("DELETE FROM customers WHERE id >= 50")
try:
    with cur.copy("COPY customers (id, name) FROM STDIN") as copy:
        copy.write("60\tsix\nsixty\tx\n")
    equal("no error", "22P02", "COPY of a bad number")
except errors.InvalidTextRepresentation as e:
    equal("line 2" in e.diag.context, True, "the line of a COPY error")
equal(cur.execute("SELECT count(*) FROM customers WHERE id >= 50").fetchone()[0], 0, "nothing of a COPY that failed")

# Errors have their class, and the place in the statement.
for query, cls, position in (
    ("SELECT nosuch FROM orders", errors.UndefinedColumn, "8"),
    ("SELECT 1 FROM nosuch", errors.UndefinedTable, "15"),
    ("SELEC 1", errors.SyntaxError, "1"),
    ("SELECT 1/0", errors.DivisionByZero, None),
    ("INSERT INTO customers VALUES (1, 'again')", errors.UniqueViolation, None),
    ("INSERT INTO customers (id) VALUES (99)", errors.NotNullViolation, None),
    ("SELECT 'x'::int", errors.InvalidTextRepresentation, None),
):
    try:
        cur.execute(query)
        equal("no error", cls, query)
    except cls as e:
        if position:
            equal(e.diag.statement_position, position, f"position in {query}")
        equal(bool(e.diag.message_primary), True, query)

# A failed transaction says so until it is rolled back.
try:
    with conn.transaction():
        conn.execute("SELECT 1/0")
except errors.DivisionByZero:
    equal(conn.info.transaction_status.name, "IDLE", "after the rollback")
conn.autocommit = False
try:
    conn.execute("SELECT 1/0")
except errors.DivisionByZero:
    pass
equal(conn.info.transaction_status.name, "INERROR", "in a failed transaction")
try:
    conn.execute("SELECT 1")
    equal("no error", "25P02", "a statement in a failed transaction")
except errors.InFailedSqlTransaction:
    conn.rollback()
equal(conn.execute("SELECT 1").fetchone()[0], 1, "after rollback")
conn.rollback()
conn.autocommit = True

# Cancel reaches a query that runs.
timer = threading.Timer(0.5, conn.cancel)
timer.start()
began = time.monotonic()
try:
    conn.execute("SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y)")
    equal("no error", "57014", "cancel")
except errors.QueryCanceled:
    equal(time.monotonic() - began < 20, True, "cancel within seconds")
equal(conn.execute("SELECT 1").fetchone()[0], 1, "after cancel")

equal(conn.execute("INSERT INTO kinds (id, j) VALUES (3, %s) RETURNING j", [Json({"k": None})]).fetchone()[0], {"k": None}, "a JSON parameter")
conn.execute("DELETE FROM kinds WHERE id = 3")
conn.close()
done()
